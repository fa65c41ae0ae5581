// Numbers and names as people read them.
const whole = new Intl.NumberFormat('en');

export const count = (value: number): string => whole.format(value);

export const pictures = (value: number): string => `${count(value)} ${value === 1 ? 'picture' : 'pictures'}`;

/** Similarity with three decimals, as on the command line. */
export const score = (value: number): string => value.toFixed(3);

export function milliseconds(value: number): string {
  if (value < 1) return '< 1 ms';
  return value < 1000 ? `${String(Math.round(value))} ms` : `${(value / 1000).toFixed(1)} s`;
}

/** The last part of a path. */
export const baseName = (name: string): string => name.slice(name.lastIndexOf('/') + 1) || name;

export const extension = (name: string): string => /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase() ?? '';

const moment = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' });

/** "June 1, 2023 at 12:30 PM", of a time as the server writes it. */
export const dateAndTime = (time: string): string => moment.format(new Date(time));

/** "48.20850° N, 16.37210° W" */
export function coordinates(latitude: number, longitude: number): string {
  const angle = (degrees: number, sides: string) =>
    `${Math.abs(degrees).toFixed(5)}° ${sides.charAt(degrees < 0 ? 1 : 0)}`;
  return `${angle(latitude, 'NS')}, ${angle(longitude, 'EW')}`;
}

/** "82 kB" */
export function bytes(size: number): string {
  if (size < 1000) return `${String(size)} bytes`;
  return size < 999_500 ? `${String(Math.round(size / 1000))} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** Whether browsers show files of this name themselves; others are shown through the server's thumbnails. */
export const browserShows = (name: string): boolean =>
  ['jpg', 'jpeg', 'png', 'webp', 'gif', 'avif'].includes(extension(name));

/** "4,000 × 3,000, 12.0 MP"; the megapixels only where they say something. */
export function dimensions(width: number, height: number): string {
  const megapixels = (width * height) / 1e6;
  return `${count(width)} × ${count(height)}${megapixels < 0.5 ? '' : `, ${megapixels.toFixed(1)} MP`}`;
}
