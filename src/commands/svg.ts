/** A drawing's elements; colours and sizes are its own, so that it looks the same wherever it is shown. */
export type Shape =
  | { kind: 'rect'; x: number; y: number; width: number; height: number; fill: string }
  | { kind: 'line'; from: readonly [number, number]; to: readonly [number, number]; stroke: string; dashed?: boolean }
  | { kind: 'circle'; x: number; y: number; radius: number; fill: string }
  | { kind: 'text'; x: number; y: number; text: string; anchor?: 'start' | 'middle' | 'end'; size?: number };

/** An SVG 1.1 document on a white ground. */
export function svg(width: number, height: number, shapes: readonly Shape[]): string {
  const body = [{ kind: 'rect', x: 0, y: 0, width, height, fill: '#ffffff' } as const, ...shapes].map(element);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif">\n${body.join('\n')}\n</svg>\n`;
}

function element(shape: Shape): string {
  switch (shape.kind) {
    case 'rect':
      return `<rect x="${n(shape.x)}" y="${n(shape.y)}" width="${n(shape.width)}" height="${n(shape.height)}" fill="${shape.fill}"/>`;
    case 'circle':
      return `<circle cx="${n(shape.x)}" cy="${n(shape.y)}" r="${n(shape.radius)}" fill="${shape.fill}"/>`;
    case 'text':
      return `<text x="${n(shape.x)}" y="${n(shape.y)}" font-size="${shape.size ?? 12}" text-anchor="${shape.anchor ?? 'start'}" fill="#222222">${escaped(shape.text)}</text>`;
    case 'line': {
      const [[x1, y1], [x2, y2]] = [shape.from, shape.to];
      const dash = shape.dashed ? ' stroke-dasharray="4 3"' : '';
      return `<line x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}" stroke="${shape.stroke}"${dash}/>`;
    }
  }
}

function n(value: number): string {
  return String(Number(value.toFixed(2)));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
