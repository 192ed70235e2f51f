/** Draws how the time of a run grows with the number of files, on two logarithmic axes, where straight is linear. */

const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT] = [640, 400, 70, 50, 30, 150];
const SERIES = [
  { field: 'first', label: 'both scan for the first time', colour: '#1f77b4' },
  { field: 'again', label: 'nothing changed', colour: '#d62728' },
];

/** `points`: files with the seconds of each series, ascending; the SVG as text. */
export function plotLinearity(points) {
  const values = points.flatMap((point) => SERIES.map(({ field }) => point[field]));
  const x = axis(
    points.map(({ files }) => files),
    LEFT,
    WIDTH - RIGHT,
  );
  const y = axis(values, HEIGHT - BOTTOM, TOP);
  const marks = [
    ...x.ticks.map(
      (tick) =>
        line(x.at(tick), HEIGHT - BOTTOM, x.at(tick), TOP, '#ddd') +
        text(x.at(tick), HEIGHT - BOTTOM + 18, tick.toLocaleString('en'), 'middle'),
    ),
    ...y.ticks.map(
      (tick) =>
        line(LEFT, y.at(tick), WIDTH - RIGHT, y.at(tick), '#ddd') + text(LEFT - 6, y.at(tick) + 4, `${tick} s`, 'end'),
    ),
  ];
  const lines = SERIES.map(({ field, label, colour }) => {
    const path = points.map((point) => `${x.at(point.files).toFixed(1)},${y.at(point[field]).toFixed(1)}`);
    const last = points.at(-1);
    const dots = points.map((point) => {
      const title = `<title>${point.files} files: ${point[field].toFixed(2)} s</title>`;
      return `<circle cx="${x.at(point.files).toFixed(1)}" cy="${y.at(point[field]).toFixed(1)}" r="3.5" fill="${colour}">${title}</circle>`;
    });
    const name = text(x.at(last.files) + 8, y.at(last[field]) + 4, `${label}`, 'start', colour);
    return `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${name}`;
  });
  const frame = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="11">`;
  const words = 'Seconds of a run by number of files (both axes logarithmic)';
  const title = text(LEFT, 16, words, 'start');
  return `${[frame, `<title>${words}</title>`, '<rect width="100%" height="100%" fill="white"/>', title, ...marks, ...lines, '</svg>'].join('\n')}\n`;
}

/** Powers of ten around the values, spread over the pixels from `start` to `end`. */
function axis(values, start, end) {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  const at = (value) => start + ((Math.log10(value) - low) / (high - low)) * (end - start);
  return { at, ticks: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) };
}

function line(x1, y1, x2, y2, colour) {
  return `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;
}

function text(x, y, words, anchor, colour = '#333') {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}" fill="${colour}">${words}</text>`;
}
