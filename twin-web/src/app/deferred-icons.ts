// Icons that the first view does not need, as SVG paths.

export const DEFERRED_ICONS = {
  copy: 'M9 9h10v10H9zM5 15V5h10',
  done: 'm5 13 4 4L19 7',
  retry: 'M19 12a7 7 0 1 1-2-5l2 2m0-5v5h-5',
  edit: 'm5 19 1-4L16 5l3 3L9 18z',
  delete: 'M5 7h14m-9 0V4h4v3m-7 0 1 13h8l1-13',
  down: 'M12 5v14m-6-6 6 6 6-6',
  previous: 'm14 6-6 6 6 6',
  next: 'm10 6 6 6-6 6',
  save: 'M12 4v11m-5-5 5 5 5-5M5 20h14',
  keyboard: 'M3 7h18v10H3zm4 3.500h.01M12 10.500h.01M17 10.500h.01M8 14h8',
};
