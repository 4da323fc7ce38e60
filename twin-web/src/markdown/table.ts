// Rows of a table, and the delimiter row that sets the alignment of the columns.

const DELIMITER = /^:?-+:?$/;

export function splitRow(row: string): string[] {
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

/** Returns the alignment of each column, or `undefined` if the line is not a delimiter row. */
export function parseDelimiterRow(line: string): string[] | undefined {
  if (!/^[|:\- \t]+$/.test(line)) return undefined;
  const marks = splitRow(line);
  if (marks.length === 0 || !marks.every((mark) => DELIMITER.test(mark))) return undefined;
  return marks.map((mark) => {
    const end = mark.endsWith(':');
    if (mark.startsWith(':')) return end ? 'center' : 'left';
    return end ? 'right' : '';
  });
}
