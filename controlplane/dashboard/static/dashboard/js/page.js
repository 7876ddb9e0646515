// What every page does beyond HTML: search by "/", busy and signed-out states of swaps, suggestions.
import { drawCharts } from "./charts.js";
import { guardSecret } from "./secret.js";

const main = () => document.getElementById("main");
const bar = () => document.getElementById("bar");

function say(text) {
    bar().textContent = text;
    bar().hidden = false;
}

function isTyping(target) {
    return target.matches("input, select, textarea, [contenteditable]");
}

document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const search = document.getElementById("search");
    if (!search) return;
    event.preventDefault();
    const rail = document.getElementById("rail");
    if (search.offsetParent === null) rail.showPopover();
    search.focus();
});

// A menu closes when something else is pressed, or by Escape.
function closeMenus(except) {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
        if (!menu.contains(except)) menu.open = false;
    }
}
document.addEventListener("click", (event) => closeMenus(event.target));
document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    if (!open) return;
    open.open = false;
    open.querySelector("summary").focus();
});

// What stands elsewhere on the page, to be pasted; where copying is not allowed, it is selected.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-of]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copyOf);
    try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(text);
    }
});

// Signing in elsewhere changes the token, and a form that is still open holds the old one.
function token() {
    const found = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    return found ? decodeURIComponent(found[1]) : null;
}
document.addEventListener("htmx:config:request", (event) => {
    const known = token();
    if (known) event.detail.ctx.request.headers["X-CSRFToken"] = known;
});
document.addEventListener("htmx:before:request", () => {
    bar().hidden = true;
    main().setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:finally:request", () => main().removeAttribute("aria-busy"));
document.addEventListener("htmx:after:request", (event) => {
    const status = event.detail.ctx.response?.raw?.status ?? event.detail.ctx.response?.status;
    if (status === 401) say("Signed out. Sign in in a new tab, then save again: nothing you typed is lost.");
    else if (status >= 500) say("The server could not answer. What you see is from before; try again.");
});
document.addEventListener("htmx:error", () => say("The server cannot be reached. What you see is from before; try again."));
document.addEventListener("htmx:after:swap", () => {
    closeMenus(null);
    drawCharts();
    guardSecret();
    if (document.activeElement === document.body) main().focus({ preventScroll: true });
});

// Options for a filter's value, as it is typed.
let asked = 0;
async function suggest(input) {
    const form = input.form;
    const which = form.querySelector("[data-suggest-of]").value;
    const turn = ++asked;
    const query = new URLSearchParams({ of: which, value: input.value });
    const answer = await fetch(`${input.dataset.suggest}?${query}`, { headers: { "HX-Request": "true" } });
    if (!answer.ok || turn !== asked) return;
    const parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
    form.querySelector("datalist").replaceChildren(...parsed.querySelectorAll("option"));
}
for (const kind of ["focusin", "input", "change"]) {
    document.addEventListener(kind, (event) => {
        const input = event.target.closest?.("[data-suggest]")
            ?? event.target.closest?.("form")?.querySelector("[data-suggest]");
        if (input && event.target.closest(".add-filter")) suggest(input);
    });
}

drawCharts();
guardSecret();
