// Saves the answer form as a draft: 2 s after the last key and on leaving a field. What could not be
// sent stays in this browser (held_text.js) and comes back into the form. Nothing is overwritten.
"use strict";

const PAUSE_MS = 2000;
const OWN_FIELDS = new Set(["csrfmiddlewaretoken", "key", "version", "revision", "held"]);

const form = document.querySelector("form.answer[data-draft-url]");
if (form) startDraft();

function startDraft() {
  const page = form.dataset.pageUrl;
  const state = {
    timer: 0,
    isSending: false,
    isStopped: false,
    isRestored: false,
    saved: "dirty" in form.dataset ? "" : typed(),
  };

  function typed() {
    const fields = {};
    for (const [name, value] of new FormData(form)) {
      if (!OWN_FIELDS.has(name)) (fields[name] ||= []).push(value);
    }
    return JSON.stringify(fields);
  }

  function changed() {
    clearTimeout(state.timer);
    if (typed() === state.saved) return;
    heldText.keep(page, { fields: typed(), revision: form.revision.value, at: Date.now() });
    state.timer = setTimeout(send, PAUSE_MS);
  }

  async function send() {
    clearTimeout(state.timer);
    const fields = typed();
    if (state.isStopped || state.isSending || fields === state.saved) return;
    state.isSending = true;
    say("note-saving");
    try {
      const reply = await fetch(form.dataset.draftUrl, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        headers: { Accept: "application/json" },
        redirect: "manual",
      });
      await settled(reply, fields);
    } catch {
      say();
      note("note-offline");
    }
    state.isSending = false;
    if (typed() !== fields) state.timer = setTimeout(send, PAUSE_MS);
  }

  async function settled(reply, fields) {
    const said = reply.headers.get("Content-Type")?.startsWith("application/json")
      ? await reply.json()
      : {};
    if (reply.ok) {
      state.saved = fields;
      form.revision.value = said.revision;
      if (typed() === fields) heldText.forget(page);
      if (!state.isRestored) note();
      state.isRestored = false;
      say("note-saved", said.sentence);
      return;
    }
    say();
    if (reply.status === 401) note("note-signed-out");
    else if (reply.status === 409) conflict();
    else note("note-refused", said.sentence || "");
  }

  function conflict() {
    state.isStopped = true;
    const compare = note("note-conflict").querySelector("[data-compare]");
    compare.addEventListener("click", () => {
      // A plain post of the same form: the server answers with both texts on one page.
      form.action = form.dataset.draftUrl;
      form.submit();
    });
  }

  function restore() {
    const kept = heldText.read(page);
    if (!kept || kept.fields === typed()) return heldText.forget(page);
    if (kept.revision === form.revision.value && !form.held && !("dirty" in form.dataset)) {
      return putBack(JSON.parse(kept.fields));
    }
    offer(kept);
  }

  function offer(kept) {
    const fields = JSON.parse(kept.fields);
    const box = note("note-kept", Object.values(fields).flat().join("\n\n"));
    box.querySelector("[data-use]").addEventListener("click", () => {
      putBack(fields);
    });
    box.querySelector("[data-forget]").addEventListener("click", () => {
      heldText.forget(page);
      note();
    });
  }

  function putBack(fields) {
    fill(fields);
    note("note-restored");
    state.isRestored = true; // the note outlives the save that follows
    send();
  }

  function fill(fields) {
    for (const field of form.elements) {
      if (!field.name || OWN_FIELDS.has(field.name)) continue;
      const values = fields[field.name] || [];
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = values.includes(field.value);
      } else if (field.type !== "submit") {
        field.value = values[0] ?? "";
      }
    }
  }

  form.addEventListener("input", changed);
  form.addEventListener("focusout", () => typed() !== state.saved && send());
  addEventListener("pagehide", () => {
    if (typed() !== state.saved) {
      heldText.keep(page, { fields: typed(), revision: form.revision.value, at: Date.now() });
    }
  });
  restore();
}

// Puts a template's content into a live region; without a name the region is emptied.
function put(region, name, sentence) {
  region.replaceChildren();
  if (!name) return region;
  region.append(document.getElementById(name).content.cloneNode(true));
  const place = region.querySelector("[data-sentence]");
  if (place && sentence !== undefined) place.textContent = sentence;
  return region;
}

function say(name, sentence) {
  return put(document.getElementById("draft-state"), name, sentence);
}

function note(name, sentence) {
  return put(document.getElementById("draft-notes"), name, sentence);
}
