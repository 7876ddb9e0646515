// Axes: muted figures, a few horizontal hairlines, no frame; whole units, short where they are large.

const FONT = '11px "Inter", system-ui, sans-serif';

function short(value, unit) {
    if (unit === "ms") return value >= 1000 ? `${+(value / 1000).toFixed(1)} s` : `${value} ms`;
    if (unit === "share") return `${+(value * 100).toFixed(1)} %`;
    const sign = unit === "usd" ? "$" : "";
    const size = Math.abs(value);
    if (size >= 1e9) return `${sign}${+(value / 1e9).toFixed(1)}B`;
    if (size >= 1e6) return `${sign}${+(value / 1e6).toFixed(1)}M`;
    if (size >= 1e4) return `${sign}${+(value / 1e3).toFixed(1)}k`;
    return sign + value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

const DAY = { day: "numeric", month: "short" };
const FORMS = {
    day: DAY,
    hour: { hour: "2-digit", minute: "2-digit", hour12: false },
    month: { month: "short", year: "numeric" },
};

export function timeText(time, zone, each) {
    const form = { ...(FORMS[each] ?? DAY), timeZone: zone };
    return new Intl.DateTimeFormat("en-GB", form).format(time * 1000);
}

// A few of the rows are named, never two over each other.
function places(rows, width) {
    const room = Math.max(2, Math.floor(width / 60));
    const step = [1, 2, 5, 7, 10, 14, 15, 30, 60, 90, 180].find((each) => rows.length / each <= room) ?? 365;
    return rows.map((_, place) => place).filter((place) => place % step === 0);
}

export function axes({ ink, unit, zone, each, rows, byPlace }) {
    const at = (place) => (byPlace ? place : rows[place].time);
    const common = { font: FONT, stroke: ink("muted"), ticks: { show: false } };
    return [
        {
            ...common,
            size: 24,
            gap: 6,
            grid: { show: false },
            splits: (plot) => places(rows, plot.bbox.width / devicePixelRatio).map(at),
            values: (plot, splits) => splits.map((split) =>
                timeText(byPlace ? rows[split].time : split, zone, each)),
        },
        {
            ...common,
            size: 52,
            gap: 8,
            space: 60,
            grid: { stroke: ink("line"), width: 1 },
            values: (plot, splits) => splits.map((split) => short(split, unit)),
        },
    ];
}
