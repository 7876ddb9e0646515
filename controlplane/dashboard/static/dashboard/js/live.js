// Requests as they happen: by a socket, or by asking each five seconds while it cannot be had.
const ROWS_MAX = 200;
const POLL_MS = 5000;
const RETRY_MS = [1000, 2000, 5000, 10000, 30000];
const SIGNED_OUT = 4401;
const HEADERS = { "HX-Request": "true", "Purser-Unattended": "1" };

const find = (id) => document.getElementById(id);
let socket = null;
let failures = 0;
let since = null;
let lostAt = null;
let waiting = [];
let isPaused = false;
let isHeld = false;

const clock = () => `${new Date().toISOString().slice(11, 19)} UTC`;
const place = () => find("live");

function say() {
    const state = find("live-state");
    if (!state) return;
    if (lostAt) state.textContent = `Lost at ${lostAt}, trying again; asking each 5 s`;
    else if (isPaused) state.textContent = "Paused";
    else state.textContent = since ? `live since ${since}` : "connecting";
    const newer = find("live-newer");
    newer.hidden = waiting.length === 0;
    newer.textContent = `${waiting.length === ROWS_MAX ? "At least " : ""}${waiting.length} newer`;
    find("live-pause").textContent = isPaused ? "Go on" : "Pause";
    find("live-pause").setAttribute("aria-pressed", String(isPaused));
}

function showWaiting() {
    find("live-empty")?.remove();
    find("live-rows").prepend(...waiting);
    waiting = [];
    while (find("live-rows").children.length > ROWS_MAX) find("live-rows").lastElementChild.remove();
    say();
}

// The text is a fragment of ours; it is parsed without running anything, and moved in as nodes.
function take(text) {
    const parsed = new DOMParser().parseFromString(text, "text/html");
    const told = parsed.querySelector("[data-cursor]");
    if (!told || !place()) return;
    place().dataset.since = told.dataset.cursor;
    waiting = [...told.querySelectorAll("tbody > tr"), ...waiting].slice(0, ROWS_MAX);
    if (!isPaused) place().querySelector("[data-figures]").replaceWith(told.querySelector("[data-figures]"));
    if (!isPaused && !isHeld && waiting.length) showWaiting();
    say();
}

function query() {
    const known = new URLSearchParams(place().dataset.query);
    known.set("since", place().dataset.since);
    return known;
}

function connect() {
    if (!place()) return;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    socket = new WebSocket(`${scheme}://${location.host}/live/feed/?${query()}`);
    socket.addEventListener("message", (event) => {
        if (lostAt || !since) since = clock();
        failures = 0;
        lostAt = null;
        take(event.data);
    });
    socket.addEventListener("close", (event) => {
        socket = null;
        if (event.code === SIGNED_OUT && failures > 0) return;
        lostAt ??= clock();
        say();
        setTimeout(connect, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
    });
}

async function poll() {
    if (!place() || !lostAt) return;
    const answer = await fetch(`${place().dataset.poll}?${query()}`, { headers: HEADERS }).catch(() => null);
    if (answer?.ok) take(await answer.text());
    else if (answer?.status === 401) find("live-state").textContent = "Signed out. Sign in again to go on.";
}

function pause(wanted) {
    isPaused = wanted;
    if (!isPaused) showWaiting();
    say();
}

function start() {
    if (!place()) return;
    const rows = find("live-rows");
    find("live-pause").hidden = false;
    find("live-pause").addEventListener("click", () => pause(!isPaused));
    find("live-newer").addEventListener("click", () => { showWaiting(); });
    for (const kind of ["pointerenter", "focusin"]) rows.addEventListener(kind, () => { isHeld = true; });
    for (const kind of ["pointerleave", "focusout"]) {
        rows.addEventListener(kind, () => { isHeld = false; if (!isPaused && waiting.length) showWaiting(); });
    }
    isPaused = find("live-pause").getAttribute("aria-pressed") === "true";
    say();
    connect();
    setInterval(poll, POLL_MS);
}

document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !place() || event.target.closest("a, button, input, select, summary, [tabindex='0']")) return;
    event.preventDefault();
    pause(!isPaused);
});

start();
