// Stacked bars, which uPlot does not have: segments with a hairline between, the last one hatched
// while its time is not over. What is compared is a dotted outline.
import { hatch, slotInk } from "./ink.js";

export function stackOf(columns, rows) {
    const stacked = columns.map((column, index) => ({ column, index }))
        .filter(({ column }) => column.kind === "bar");
    return rows.map((row) => {
        let top = 0;
        return stacked.map(({ column, index }) => {
            const from = top;
            top += row.cells[index].value ?? 0;
            return { column, from, to: top };
        });
    });
}

export function tallest(stack, columns, rows) {
    const compared = columns.findIndex((column) => column.kind === "previous");
    const tops = stack.map((segments) => segments.at(-1)?.to ?? 0);
    if (compared >= 0) tops.push(...rows.map((row) => row.cells[compared].value ?? 0));
    return Math.max(0, ...tops);
}

export function drawBars({ columns, rows, ink }) {
    const stack = stackOf(columns, rows);
    const compared = columns.findIndex((column) => column.kind === "previous");
    return (plot) => {
        const brush = plot.ctx;
        const ratio = devicePixelRatio;
        const slot = plot.bbox.width / Math.max(1, rows.length);
        const width = Math.max(1, Math.min(slot - 2 * ratio, slot * 0.76));
        brush.save();
        rows.forEach((row, place) => {
            const left = plot.valToPos(place, "x", true) - width / 2;
            for (const { column, from, to } of stack[place]) {
                if (to <= from) continue;
                const top = plot.valToPos(to, "y", true);
                const height = plot.valToPos(from, "y", true) - top;
                const colour = slotInk(ink, column.slot);
                brush.fillStyle = row.isPartial ? hatch(brush, colour, ink("surface")) : colour;
                brush.fillRect(left, top, width, Math.max(height - (height > 3 * ratio ? ratio : 0), ratio / 2));
            }
            const before = compared < 0 ? null : row.cells[compared].value;
            if (before !== null) {
                const top = plot.valToPos(before, "y", true);
                brush.setLineDash([2 * ratio, 2 * ratio]);
                brush.lineWidth = 1.5 * ratio;
                brush.strokeStyle = ink("muted");
                // Its sides are drawn where it stands higher than what is shown.
                const sum = plot.valToPos(stack[place].at(-1)?.to ?? 0, "y", true);
                brush.beginPath();
                brush.moveTo(left, Math.max(top, sum));
                brush.lineTo(left, top);
                brush.lineTo(left + width, top);
                brush.lineTo(left + width, Math.max(top, sum));
                brush.stroke();
            }
        });
        brush.restore();
    };
}
