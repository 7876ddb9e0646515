// Charts: each is drawn from the table beside it, again whenever theme, width or page changes.
import { axes } from "./axes.js";
import { drawBars, stackOf, tallest } from "./bars.js";
import { inks } from "./ink.js";
import { bands, dot, joined, lineSeries, names } from "./lines.js";
import { readout } from "./readout.js";
import { readTable } from "./table.js";

const NAMES_FROM = 520;
const drawn = new Map();

function optionsOf(figure, read, size) {
    const { unit, zone, each } = figure.dataset;
    const ink = inks(figure);
    const byPlace = figure.dataset.chart === "bars";
    const isCumulative = figure.dataset.chart === "cumulative";
    const isNamed = isCumulative && size.width >= NAMES_FROM;
    const most = byPlace ? tallest(stackOf(read.columns, read.rows), read.columns, read.rows) : null;
    return {
        ...size,
        padding: [10, isNamed ? 104 : 8, 0, 0],
        legend: { show: false },
        cursor: { y: false, points: { show: !byPlace }, drag: { x: "zoom" in figure.dataset, y: false, setScale: false } },
        scales: {
            x: { time: false, range: byPlace ? [-0.5, read.rows.length - 0.5] : undefined },
            y: { range: (plot, low, high) => [0, ((byPlace ? most : high) || 1) * 1.06] },
        },
        axes: axes({ ink, unit, zone, each, rows: read.rows, byPlace }),
        series: [{}, ...(byPlace ? [{ show: true, stroke: "transparent", points: { show: false } }] : lineSeries(read.columns, ink, isCumulative))],
        bands: byPlace ? [] : bands(read.columns, ink),
        hooks: {
            draw: [byPlace ? drawBars({ ...read, ink }) : isCumulative ? dot(read.columns, ink) : () => {}],
            ready: [(plot) => isNamed && names(figure, plot, read, ink)],
        },
    };
}

function dataOf(figure, { columns, rows }) {
    if (figure.dataset.chart === "bars") {
        const tops = stackOf(columns, rows).map((segments) => segments.at(-1)?.to ?? 0);
        return [rows.map((_, place) => place), tops];
    }
    const values = columns.map((_, index) => rows.map((row) => row.cells[index].value));
    return [rows.map((row) => row.time), ...joined(columns, values)];
}

// A drag over days shows these days.
function zoomTo(read, from, to) {
    const [first, last] = [read.rows[from], read.rows[to]];
    const start = first?.url && new URL(first.url).searchParams.get("from");
    const end = last?.url && new URL(last.url).searchParams.get("to");
    if (!start || !end) return;
    const url = new URL(location.href);
    url.searchParams.delete("period");
    url.searchParams.set("from", start);
    url.searchParams.set("to", end);
    location.assign(url);
}

function draw(figure) {
    const area = figure.querySelector(".chart-plot");
    const read = readTable(figure);
    drawn.get(figure)?.destroy();
    area.replaceChildren();
    if (!read.rows.length || !area.clientWidth) return;
    const size = { width: area.clientWidth, height: area.clientHeight };
    const options = optionsOf(figure, read, size);
    let show = () => {};
    options.hooks.setCursor = [(plot) => show(plot.cursor.idx)];
    options.hooks.setSelect = [(plot) => {
        if (plot.select.width < 8) return;
        const ends = [plot.select.left, plot.select.left + plot.select.width].map((left) => plot.posToIdx(left));
        zoomTo(read, ...ends);
    }];
    const plot = new uPlot(options, dataOf(figure, read), area);
    show = readout(figure, plot, read);
    plot.over.addEventListener("click", () => {
        const url = read.rows[plot.cursor.idx]?.url;
        if (url && plot.select.width < 2) location.assign(url);
    });
    drawn.set(figure, plot);
}

const widths = new ResizeObserver((entries) => {
    for (const { target } of entries) {
        const figure = target.closest("[data-chart]");
        if (drawn.get(figure)?.width !== target.clientWidth) draw(figure);
    }
});

export function drawCharts() {
    if (typeof uPlot === "undefined") return;
    for (const figure of drawn.keys()) if (!figure.isConnected) drawn.delete(figure);
    for (const figure of document.querySelectorAll("[data-chart]")) {
        draw(figure);
        widths.observe(figure.querySelector(".chart-plot"));
    }
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawCharts);
