// Text that this browser keeps for a person whose draft could not be saved. Keyed by her pseudonym,
// deleted when another person signs in and at sign-out. Every page loads it; draft.js writes to it.
"use strict";

const HELD_PREFIX = "watchers:text:";

const heldText = {
  person: document.documentElement.dataset.person || "",

  key(page) {
    return `${HELD_PREFIX}${this.person}:${page}`;
  },

  read(page) {
    try {
      return JSON.parse(localStorage.getItem(this.key(page)));
    } catch {
      return null; // no storage, or not ours
    }
  },

  keep(page, text) {
    try {
      localStorage.setItem(this.key(page), JSON.stringify(text));
      return true;
    } catch {
      return false; // storage is off or full: the page says that the text is only in the form
    }
  },

  forget(page) {
    this.forgetWhere((key) => key === this.key(page));
  },

  forgetWhere(matches) {
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(HELD_PREFIX) && matches(key)) localStorage.removeItem(key);
      }
    } catch {
      // no storage, nothing kept
    }
  },
};

if (heldText.person) {
  heldText.forgetWhere((key) => !key.startsWith(`${HELD_PREFIX}${heldText.person}:`));
}
for (const form of document.querySelectorAll("form[data-forget-held]")) {
  form.addEventListener("submit", () => heldText.forgetWhere(() => true));
}
for (const done of document.querySelectorAll("[data-handed-in]")) {
  heldText.forget(done.dataset.handedIn);
}
