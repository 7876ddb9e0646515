// A secret that is shown once: copied by a button, out of the history at once, and not left unread.
// It comes as a page, or as the answer to a form that is swapped in.
let isUnread = false;

async function copy(field, button) {
    field.select();
    try {
        await navigator.clipboard.writeText(field.value);
    } catch {
        document.execCommand("copy");
    }
    isUnread = false;
    button.textContent = "Copied";
}

export function guardSecret() {
    const page = document.querySelector("[data-secret-page]");
    isUnread = Boolean(page);
    if (!page) return;
    const field = page.querySelector("input");
    // Reloading asks for the key's page, and does not send the form again.
    history.replaceState(null, "", page.dataset.secretPage);
    field.addEventListener("focus", () => field.select());
    field.addEventListener("copy", () => { isUnread = false; });
    page.querySelector("[data-copy]").addEventListener("click", (event) => copy(field, event.currentTarget));
}

addEventListener("beforeunload", (event) => {
    if (isUnread) event.preventDefault();
});
addEventListener("pageshow", (event) => {
    if (event.persisted && document.querySelector("[data-secret-page]")) location.reload();
});
