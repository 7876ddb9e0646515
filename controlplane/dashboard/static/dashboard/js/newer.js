// Tells how many requests came since a list was read, as a link; the list itself never moves.
const EVERY_MS = 15000;
// Looking on is not using the page: the session may end meanwhile.
const HEADERS = { "HX-Request": "true", "Purser-Unattended": "1" };

async function look() {
    const place = document.querySelector("[data-newer]");
    if (!place || document.visibilityState !== "visible") return;
    const answer = await fetch(place.dataset.newer, { headers: HEADERS }).catch(() => null);
    if (!answer?.ok) return;
    const link = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("a");
    place.replaceChildren(...(link ? [link] : []));
}

setInterval(look, EVERY_MS);
