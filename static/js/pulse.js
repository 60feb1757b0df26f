// Loads the inside of the pulse strip when it is opened first, and again while its spans are on the
// way. Without this the strip opens to a link to the page's trace.
"use strict";

async function loadPulse(place, address) {
  let answer;
  try {
    answer = await fetch(address, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  } catch {
    return; // no network: the link stays
  }
  // Signed out meanwhile: the sign-in page does not belong in here.
  if (answer.redirected || !(answer.headers.get("Content-Type") || "").startsWith("text/html")) return;
  place.innerHTML = await answer.text();
  place.parentElement.querySelector("[role=status]").textContent =
    place.querySelector("b, p").textContent;
  const again = place.querySelector("[data-again]");
  if (again) {
    setTimeout(() => loadPulse(place, again.dataset.again), 1000 * Number(again.dataset.after));
  }
}

for (const drawer of document.querySelectorAll("details[data-pulse]")) {
  drawer.addEventListener("toggle", () => {
    if (drawer.open) loadPulse(drawer.querySelector(".open"), drawer.dataset.pulse);
  }, { once: true });
}
