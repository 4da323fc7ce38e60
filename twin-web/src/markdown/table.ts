// Rows of a table: cells between bars, and the row below the head that says how they are aligned.

const DELIMITER = /^:?-+:?$/;

export function cells(row: string): string[] {
  const text = row.trim().replace(/^\|/, '');
  const found: string[] = [];
  let cell = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && text[at + 1] === '|') {
      cell += '|';
      at += 1;
    } else if (char === '|') {
      found.push(cell.trim());
      cell = '';
    } else {
      cell += char;
    }
  }
  if (cell.trim() !== '') found.push(cell.trim());
  return found;
}

/** The alignments, or nothing where the line is no delimiter row. */
export function delimiterRow(line: string): string[] | undefined {
  if (!/^[|:\- \t]+$/.test(line)) return undefined;
  const marks = cells(line);
  if (marks.length === 0 || !marks.every((mark) => DELIMITER.test(mark))) return undefined;
  return marks.map((mark) => {
    const end = mark.endsWith(':');
    if (mark.startsWith(':')) return end ? 'center' : 'left';
    return end ? 'right' : '';
  });
}
