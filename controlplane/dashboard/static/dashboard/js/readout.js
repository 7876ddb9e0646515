// Reading values: a fixed line above the plot, by pointer, touch and arrow keys; Enter follows a row.

function line(row, columns) {
    const parts = [Object.assign(document.createElement("b"), { textContent: row.title })];
    const texts = Object.fromEntries(columns.map((column, index) => [column.kind, row.cells[index]?.text]));
    columns.forEach((column, index) => {
        const cell = row.cells[index];
        if (!cell || cell.value === null || column.kind === "low" || column.kind === "high") return;
        if (column.kind === "forecast" && row.isPartial) return;
        parts.push(document.createTextNode(` · ${column.title.replace(/, .*/, "")} `));
        parts.push(Object.assign(document.createElement("b"), { textContent: cell.text }));
        if (column.kind === "forecast") parts.push(document.createTextNode(` (${texts.low} to ${texts.high})`));
    });
    return parts;
}

export function readout(figure, plot, { columns, rows }) {
    const output = figure.querySelector(".chart-readout");
    const area = figure.querySelector(".chart-plot");
    const rest = rows.findLastIndex((row) => row.isPartial || row.cells[0]?.value !== null);
    let current = rest;

    const show = (place) => {
        current = place;
        output.replaceChildren(...line(rows[place], columns));
    };
    const point = (place) => {
        const inside = Math.max(0, Math.min(rows.length - 1, place));
        show(inside);
        const left = plot.valToPos(plot.data[0][inside], "x");
        plot.setCursor({ left, top: plot.bbox.height / 2 / devicePixelRatio }, false);
    };
    area.onkeydown = (event) => {
        const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -rows.length, End: rows.length };
        if (event.key in steps) {
            event.preventDefault();
            output.setAttribute("aria-live", "polite");
            point(current + steps[event.key]);
        } else if (event.key === "Enter" && rows[current]?.url) {
            location.assign(rows[current].url);
        }
    };
    area.onpointerleave = () => show(rest);
    if (rest >= 0) show(rest);
    return (place) => show(place ?? rest);
}
