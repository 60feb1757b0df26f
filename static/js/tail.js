// Brings the newest log lines every few seconds, while the page is seen, nobody reads an opened line
// and it is not paused. Without this the lines stand still; the button is then not shown.
"use strict";

for (const button of document.querySelectorAll("button[data-tail]")) {
  const isPaused = () => button.getAttribute("aria-pressed") === "true";
  const isRead = () => {
    const place = document.getElementById("tail");
    return place.querySelector("details[open]") || place.contains(document.activeElement);
  };
  const look = async () => {
    if (document.visibilityState !== "visible" || isPaused() || isRead()) return;
    let answer;
    try {
      answer = await fetch(button.dataset.tail, { headers: { "X-Requested-With": "XMLHttpRequest" } });
    } catch {
      return; // no network: the lines stay, and the next look tries again
    }
    const isPage = (answer.headers.get("Content-Type") || "").startsWith("text/html");
    // Signed out meanwhile, or no longer allowed: that page does not belong in here.
    if (answer.redirected || !isPage || (!answer.ok && answer.status !== 503)) return;
    const text = await answer.text();
    if (!isPaused() && !isRead()) document.getElementById("tail").outerHTML = text;
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isPaused()));
    look();
  });
  setInterval(look, 1000 * Number(button.dataset.every));
}
