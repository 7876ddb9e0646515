// Lines: what was spent, what is compared, a forecast with its range, a limit.
import { slotInk } from "./ink.js";

const STYLES = {
    previous: { ink: "previous", width: 1.5, dash: [2, 3] },
    limit: { ink: "text", width: 1.5 },
};

export function lineSeries(columns, ink, isCumulative) {
    return columns.map((column) => {
        const style = STYLES[column.kind];
        const stroke = style ? ink(style.ink) : slotInk(ink, column.slot);
        const common = { label: column.title, points: { show: false }, spanGaps: false };
        if (column.kind === "low" || column.kind === "high") return { ...common, stroke: "transparent", width: 0 };
        if (style) return { ...common, stroke, width: style.width, dash: style.dash };
        if (column.kind === "forecast") return { ...common, stroke, width: 2, dash: [5, 3] };
        return { ...common, stroke, width: 2, fill: isCumulative ? ink("area") : undefined };
    });
}

export function bands(columns, ink) {
    const low = columns.findIndex((column) => column.kind === "low") + 1;
    const high = columns.findIndex((column) => column.kind === "high") + 1;
    return low && high ? [{ series: [high, low], fill: ink("band") }] : [];
}

// A forecast begins where the line of what is known ends.
export function joined(columns, values) {
    const known = columns.findIndex((column) => column.kind === "line");
    const last = values[known]?.findLastIndex((value) => value !== null) ?? -1;
    if (!columns.some((column) => column.kind === "forecast")) return values;
    return values.map((line, index) => {
        if (!["low", "forecast", "high"].includes(columns[index].kind) || last < 0) return line;
        const copy = [...line];
        copy[last] = values[known][last];
        return copy;
    });
}

// A dot at now.
export function dot(columns, ink) {
    const known = columns.findIndex((column) => column.kind === "line") + 1;
    return (plot) => {
        const place = plot.data[known]?.findLastIndex((value) => value !== null) ?? -1;
        if (known === 0 || place < 0) return;
        const brush = plot.ctx;
        brush.save();
        brush.beginPath();
        const x = plot.valToPos(plot.data[0][place], "x", true);
        const y = plot.valToPos(plot.data[known][place], "y", true);
        brush.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
        brush.fillStyle = ink("surface");
        brush.fill();
        brush.lineWidth = 2 * devicePixelRatio;
        brush.strokeStyle = ink("s1");
        brush.stroke();
        brush.restore();
    };
}

// Names at the ends of lines, moved apart where they would cover each other.
function ending(column, row, index) {
    const { value, text } = row.cells[index];
    if (column.kind === "forecast") return `About ${text}`;
    const name = column.kind === "limit" ? "Budget" : column.title.split(" ")[0];
    return `${name} $${Math.round(value).toLocaleString("en-US")}`;
}

export function names(figure, plot, { columns, rows }, ink) {
    const area = figure.querySelector(".chart-plot");
    area.querySelector(".chart-ends")?.remove();
    const width = plot.bbox.width / devicePixelRatio;
    const wanted = columns.map((column, index) => {
        const line = plot.data[index + 1];
        const place = line.findLastIndex((value) => value !== null);
        if (place < 0 || !["forecast", "previous", "limit"].includes(column.kind)) return null;
        return { column, top: plot.valToPos(line[place], "y"), text: ending(column, rows[place], index) };
    }).filter(Boolean).sort((one, other) => one.top - other.top);
    let lowest = -Infinity;
    const ends = Object.assign(document.createElement("div"), { className: "chart-ends", ariaHidden: "true" });
    for (const each of wanted) {
        lowest = Math.max(each.top, lowest + 15);
        const label = Object.assign(document.createElement("span"), { textContent: each.text });
        label.style.left = `${plot.bbox.left / devicePixelRatio + width + 6}px`;
        label.style.top = `${lowest + plot.bbox.top / devicePixelRatio}px`;
        label.style.color = each.column.kind === "forecast" ? ink("s1") : each.column.kind === "limit" ? ink("text") : ink("muted");
        if (each.column.kind !== "previous") label.style.fontWeight = "600";
        ends.append(label);
    }
    area.append(ends);
}
