// The review page: keys, phrases, and an unfinished decision kept in this browser (held_text.js).
// Everything here is also a plain control of the form.
"use strict";

const LEVEL_KEYS = { 0: 0, h: 0.5, f: 1 };
const NOT_KEPT = new Set(["csrfmiddlewaretoken", "head", "audits"]);

// What a page says when it comes is in its live regions from the start, where it is not heard.
const happened = document.getElementById("rv-happened");
const told = [...document.querySelectorAll(".messages p")].map((each) => each.textContent.trim());
if (happened && told.length) setTimeout(() => (happened.textContent = told.join(" ")), 200);

const reviewForm = document.getElementById("rv-form");
const onward = document.getElementById("rv-onward");
if (reviewForm) startReview(reviewForm);
else if (onward) onward.focus(); // Enter goes on

function startReview(form) {
  keepUnfinished(form);
  insertPhrases(form);
  for (const menu of document.querySelectorAll(".rv-keymenu")) menu.hidden = false;
  if (form.dataset.keys === "on") listenForKeys(form);
}

function listenForKeys(form) {
  const state = { criterion: null, isGroupNext: false, isSent: false };
  document.documentElement.classList.add("rv-keys");
  choose(form.querySelector("[data-number='1']"), { quietly: true });

  addEventListener("keydown", (event) => {
    const isPlain = !(event.ctrlKey || event.altKey || event.metaKey || event.repeat);
    if (!isPlain || event.isComposing || event.defaultPrevented || takesText(event.target)) return;
    const act = actOf(event);
    if (!act) return;
    event.preventDefault();
    act();
  });
  addEventListener("pageshow", () => {
    state.isSent = false;
  });

  function actOf(event) {
    const key = event.key.toLowerCase();
    if (key === "enter") return actsItself(event.target) ? null : save;
    if (state.isGroupNext) {
      state.isGroupNext = false;
      const group = /^[1-9]$/.test(key) && form.querySelector(`[data-group='${key}']`);
      return group ? () => send(group) : null;
    }
    if (/^[1-9]$/.test(key)) {
      const criterion = form.querySelector(`[data-number='${key}']`);
      return criterion && (() => choose(criterion));
    }
    if (key in LEVEL_KEYS) return () => setLevel(LEVEL_KEYS[key]);
    if (key === "s") return skip();
    if (key === "g" && form.querySelector("[data-group]")) return startGroup;
    return null;
  }

  function save() {
    const button = document.getElementById("rv-next");
    if (button) send(button);
  }

  function send(button) {
    if (state.isSent) return;
    state.isSent = true;
    form.requestSubmit(button);
  }

  function skip() {
    const link = document.getElementById("rv-skip");
    return link && (() => link.click());
  }

  function startGroup() {
    state.isGroupNext = true;
    say(form.dataset.saidGroup);
  }

  function choose(criterion, { quietly = false } = {}) {
    if (!criterion) return;
    state.criterion?.classList.remove("rv-on");
    state.criterion = criterion;
    criterion.classList.add("rv-on");
    if (!quietly) (criterion.querySelector(":checked") ?? criterion.querySelector("input")).focus();
  }

  function setLevel(level) {
    const radios = [...(state.criterion?.querySelectorAll("[type=radio]") ?? [])];
    const radio = radios.find((each) => Number(each.value) === level);
    if (!radio) return;
    const again = document.getElementById(state.criterion.dataset.again ?? "");
    if (again) again.checked = true;
    radio.checked = true;
    radio.dispatchEvent(new Event("input", { bubbles: true }));
    say(`${state.criterion.dataset.number}: ${radio.labels[0].firstChild.nextSibling.textContent}`);
  }
}

function takesText(target) {
  if (target.closest?.("textarea, select, [contenteditable]")) return true;
  return target.matches?.("input:not([type=radio], [type=checkbox])") ?? false;
}

function actsItself(target) {
  return target.closest?.("a, button, summary") !== null;
}

function insertPhrases(form) {
  for (const button of form.querySelectorAll("[data-words]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const said = form.feedback.value.trimEnd();
      form.feedback.value = said ? `${said}\n${button.dataset.words}` : button.dataset.words;
      form.feedback.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
}

function keepUnfinished(form) {
  const page = form.dataset.page;
  const head = form.head.value;
  const blind = form.audits.value;
  const asServed = chosen();

  function chosen() {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (!NOT_KEPT.has(name)) (fields[name] ||= []).push(value);
    }
    return JSON.stringify(fields);
  }

  function keep() {
    if (chosen() === asServed) heldText.forget(page);
    else heldText.keep(page, { fields: chosen(), head, blind, at: Date.now() });
  }

  const kept = heldText.read(page);
  // What was chosen beside a proposal does not come back into a blind sheet, nor the other way.
  const fits = kept && (kept.blind ?? "") === blind;
  if (fits && "fresh" in form.dataset && kept.fields !== asServed) {
    fill(form, JSON.parse(kept.fields));
    say(form.dataset.saidBack, { visibly: true });
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
}

function fill(form, fields) {
  for (const field of form.elements) {
    if (!field.name || NOT_KEPT.has(field.name) || field.type === "submit") continue;
    const values = fields[field.name] ?? [];
    if (field.type === "radio" || field.type === "checkbox") {
      field.checked = values.includes(field.value);
    } else field.value = values[0] ?? "";
  }
}

function say(sentence, { visibly = false } = {}) {
  const place = document.getElementById("rv-said");
  place.textContent = sentence;
  place.classList.toggle("vh", !visibly);
  place.classList.toggle("note", visibly);
  place.classList.toggle("rv-note", visibly);
}
