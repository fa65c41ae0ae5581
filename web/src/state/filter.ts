// Conditions on the pictures that are shown, named as in api/openapi.yaml; the page's own address has them too.

export const CONDITIONS = [
  'folder',
  'after',
  'before',
  'camera',
  'lens',
  'format',
  'min_pixels',
  'max_pixels',
  'min_width',
  'max_width',
  'min_height',
  'max_height',
  'shape',
  'near',
  'captioned',
  'caption_words',
] as const;

export type ConditionName = (typeof CONDITIONS)[number];
export type Condition = readonly [ConditionName, string];
/** In the order of CONDITIONS. */
export type Filter = readonly Condition[];

export const NO_FILTER: Filter = [];

/** Of several values of these any one will do; the others have one value. */
const REPEATABLE = new Set<ConditionName>(['folder', 'camera', 'lens', 'format', 'shape']);

export function parseFilter(parameters: URLSearchParams): Filter {
  return CONDITIONS.flatMap((name) => {
    const values = [...new Set(parameters.getAll(name).map((value) => value.trim()))].filter((value) => value !== '');
    return values.slice(0, REPEATABLE.has(name) ? undefined : 1).map((value): Condition => [name, value]);
  });
}

export function appendFilter(parameters: URLSearchParams, filter: Filter): void {
  for (const [name, value] of filter) parameters.append(name, value);
}

export const valuesOf = (filter: Filter, name: ConditionName): string[] =>
  filter.filter(([known]) => known === name).map(([, value]) => value);

/** With one more value, or another one; an empty value removes the condition. */
export function withCondition(filter: Filter, name: ConditionName, value: string): Filter {
  const others = filter.filter(([known, old]) => known !== name || (REPEATABLE.has(name) && old !== value));
  const all = value === '' ? filter.filter(([known]) => known !== name) : [...others, [name, value] as const];
  return [...all].sort((a, b) => CONDITIONS.indexOf(a[0]) - CONDITIONS.indexOf(b[0]));
}

export const without = (filter: Filter, conditions: Filter): Filter =>
  filter.filter(([name, value]) => !conditions.some((gone) => gone[0] === name && gone[1] === value));

export const filterKey = (filter: Filter): string => JSON.stringify(filter);

const DAY_MS = 86_400_000;
const ENDINGS = ['-01-01', '-01', ''];

/** The first day of a year, a month or a day, as "2023-06-01"; empty when the text is none of those. */
export function firstDay(text: string): string {
  if (!/^\d{4}(-\d\d){0,2}$/.test(text)) return '';
  const day = text + (ENDINGS[(text.length - 4) / 3] ?? '');
  return Number.isNaN(Date.parse(day)) ? '' : day;
}

export const addDays = (day: string, count: number): string =>
  new Date(Date.parse(day) + count * DAY_MS).toISOString().slice(0, 10);

/** "2023-12" → "2024-01". */
export function nextMonth(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return number === 12
    ? `${String(year + 1).padStart(4, '0')}-01`
    : `${month.slice(0, 5)}${String(number + 1).padStart(2, '0')}`;
}

const formats = {
  day: new Intl.DateTimeFormat('en', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }),
  month: new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }),
};

/** "June 2023", "2023" or "June 1, 2023", of what the text has of a date; any other text as it is. */
export function dateLabel(text: string): string {
  const day = firstDay(text);
  if (day === '') return text;
  if (text.length === 4) return text;
  return formats[text.length === 7 ? 'month' : 'day'].format(new Date(day));
}

function label([name, value]: Condition): string {
  switch (name) {
    case 'folder':
      return `in ${value}`;
    case 'after':
      return `from ${dateLabel(value)}`;
    case 'before':
      return value.length === 10 && firstDay(value)
        ? `until ${dateLabel(addDays(value, -1))}`
        : `before ${dateLabel(value)}`;
    case 'camera':
    case 'lens':
      return value;
    case 'format':
      return value.toUpperCase();
    case 'min_pixels':
    case 'min_width':
    case 'min_height':
      return `${name.slice(4)} from ${value}`;
    case 'max_pixels':
    case 'max_width':
    case 'max_height':
      return `${name.slice(4)} up to ${value}`;
    case 'shape':
      return value;
    case 'near': {
      const [latitude = '', longitude = '', radius = '10km'] = value.split(',');
      return `within ${radius.trim()} of ${latitude.trim()}, ${longitude.trim()}`;
    }
    case 'captioned':
      return value === 'no' ? 'without a caption' : 'with a caption';
    case 'caption_words':
      return `caption: ${value}`;
  }
}

export interface Chip {
  label: string;
  conditions: Filter;
}

/** What stands on the chips: each condition, but a month or a year that is asked for as a whole is one. */
export function chipsOf(filter: Filter): Chip[] {
  const [after] = valuesOf(filter, 'after');
  const [before] = valuesOf(filter, 'before');
  const month = after !== undefined && after.length === 7 && before === nextMonth(after);
  const year = after !== undefined && /^\d{4}$/.test(after) && before === String(Number(after) + 1).padStart(4, '0');
  const chips: Chip[] = [];
  for (const condition of filter) {
    if ((month || year) && condition[0] === 'before') continue;
    if ((month || year) && condition[0] === 'after') {
      chips.push({
        label: dateLabel(condition[1]),
        conditions: filter.filter(([name]) => name === 'after' || name === 'before'),
      });
    } else {
      chips.push({ label: label(condition), conditions: [condition] });
    }
  }
  return chips;
}
