// Small things remembered between visits. Storage may be forbidden, full or damaged: then they are simply not.

export interface Settings {
  theme: 'system' | 'light' | 'dark';
  scores: boolean;
  size: 'small' | 'medium' | 'large';
}

export const DEFAULTS: Settings = { theme: 'system', scores: true, size: 'medium' };
export const MAX_RECENT = 8;

type Store = Pick<Storage, 'getItem' | 'setItem'>;

function read(store: Store, key: string): unknown {
  try {
    return JSON.parse(store.getItem(key) ?? 'null') as unknown;
  } catch {
    return null;
  }
}

function write(store: Store, key: string, value: unknown): void {
  try {
    store.setItem(key, JSON.stringify(value));
  } catch {
    // Not remembered; nothing else depends on it.
  }
}

export function loadSettings(store: Store): Settings {
  const found = read(store, 'glimpse.settings');
  const { theme, scores, size } = (typeof found === 'object' && found !== null ? found : {}) as Record<string, unknown>;
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
    scores: typeof scores === 'boolean' ? scores : DEFAULTS.scores,
    size: size === 'small' || size === 'large' ? size : DEFAULTS.size,
  };
}

export const saveSettings = (store: Store, settings: Settings): void => {
  write(store, 'glimpse.settings', settings);
};

export function loadRecent(store: Store): string[] {
  const found = read(store, 'glimpse.recent');
  if (!Array.isArray(found)) return [];
  return found
    .filter((entry): entry is string => typeof entry === 'string' && entry.trim() !== '')
    .slice(0, MAX_RECENT);
}

export const saveRecent = (store: Store, recent: readonly string[]): void => {
  write(store, 'glimpse.recent', recent);
};

/** The list with `query` at its head, once, whatever its case. */
export function withRecent(recent: readonly string[], query: string): string[] {
  const trimmed = query.trim();
  if (!trimmed) return [...recent];
  const others = recent.filter((entry) => entry.toLowerCase() !== trimmed.toLowerCase());
  return [trimmed, ...others].slice(0, MAX_RECENT);
}
