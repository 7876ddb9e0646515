// A secret that is shown once: copied by a button, out of the history at once, and not left unread.
const page = document.querySelector("[data-secret-page]");
const button = document.querySelector("[data-copy]");
const field = document.getElementById("secret");
let isCopied = false;

// Reloading asks for the key's page, and does not send the form again.
history.replaceState(null, "", page.dataset.secretPage);

field.addEventListener("focus", () => field.select());
field.addEventListener("copy", () => { isCopied = true; });
button.addEventListener("click", async () => {
    field.select();
    try {
        await navigator.clipboard.writeText(field.value);
    } catch {
        document.execCommand("copy");
    }
    isCopied = true;
    button.textContent = "Copied";
});
addEventListener("beforeunload", (event) => {
    if (!isCopied) event.preventDefault();
});
addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
});
