// The table beside a chart, as numbers. Texts stay those of the table: nothing is formatted here.

export function readTable(figure) {
    const table = figure.querySelector("table");
    const columns = [...table.querySelectorAll("thead th[data-kind]")].map((head) => ({
        title: head.textContent.trim(),
        kind: head.dataset.kind,
        slot: Number(head.dataset.slot),
    }));
    const rows = [...table.querySelectorAll("tbody tr[data-t]")].map((row) => ({
        time: Number(row.dataset.t),
        title: row.querySelector("th").textContent.trim(),
        url: row.querySelector("th a")?.href ?? null,
        isPartial: row.hasAttribute("data-partial"),
        cells: [...row.querySelectorAll("td")].map((cell) => ({
            value: cell.dataset.v === undefined ? null : Number(cell.dataset.v),
            text: cell.textContent.trim(),
        })),
    }));
    return { columns, rows };
}
