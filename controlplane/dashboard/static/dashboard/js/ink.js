// Colours as the style sheet has them now, in this theme.

export function inks(figure) {
    const probe = document.createElement("span");
    figure.append(probe);
    const known = new Map();
    const ink = (name) => {
        if (!known.has(name)) {
            probe.style.color = `var(--${name})`;
            known.set(name, getComputedStyle(probe).color);
        }
        return known.get(name);
    };
    const names = ["text", "muted", "line", "surface", "previous", "other", "band", "area"];
    for (let slot = 1; slot <= 8; slot += 1) names.push(`s${slot}`);
    names.forEach(ink);
    probe.remove();
    return ink;
}

export function slotInk(ink, slot) {
    return slot ? ink(`s${slot}`) : ink("other");
}

// Stripes for what is not over yet.
export function hatch(context, colour, ground) {
    const size = Math.round(6 * devicePixelRatio);
    const tile = new OffscreenCanvas(size, size);
    const brush = tile.getContext("2d");
    brush.fillStyle = ground;
    brush.fillRect(0, 0, size, size);
    brush.strokeStyle = colour;
    brush.lineWidth = size / 2.4;
    for (const shift of [-size, 0, size]) {
        brush.beginPath();
        brush.moveTo(shift, size);
        brush.lineTo(shift + size, 0);
        brush.stroke();
    }
    return context.createPattern(tile, "repeat");
}
