import { describe, expect, it } from 'vitest';
import { DEFAULTS, loadRecent, loadSettings, MAX_RECENT, saveRecent, saveSettings, withRecent } from './storage';

function memory(content: Record<string, string> = {}) {
  const entries = new Map(Object.entries(content));
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
  };
}

const forbidden = {
  getItem: (): never => {
    throw new DOMException('no', 'SecurityError');
  },
  setItem: (): never => {
    throw new DOMException('full', 'QuotaExceededError');
  },
};

describe('settings', () => {
  it('come back', () => {
    const store = memory();
    saveSettings(store, { theme: 'dark', scores: false, size: 'large' });
    expect(loadSettings(store)).toEqual({ theme: 'dark', scores: false, size: 'large' });
  });
  it.each(['', '{', '[]', 'null', '3', '{"theme":"pink","scores":"yes","size":9}'])('survive damage: %s', (text) => {
    expect(loadSettings(memory({ 'glimpse.settings': text }))).toEqual(DEFAULTS);
  });
  it('do without storage', () => {
    expect(loadSettings(forbidden)).toEqual(DEFAULTS);
    expect(() => {
      saveSettings(forbidden, DEFAULTS);
    }).not.toThrow();
  });
});

describe('recent searches', () => {
  it('keep the newest first, each once', () => {
    expect(withRecent(['red car', 'Two Dogs'], ' two dogs ')).toEqual(['two dogs', 'red car']);
    expect(withRecent(['a'], '  ')).toEqual(['a']);
    const many = Array.from({ length: 20 }, (_, i) => String(i)).reduce<string[]>(withRecent, []);
    expect(many).toHaveLength(MAX_RECENT);
    expect(many[0]).toBe('19');
  });
  it('come back, without what is not text', () => {
    const store = memory();
    saveRecent(store, ['a', 'b']);
    expect(loadRecent(store)).toEqual(['a', 'b']);
    expect(loadRecent(memory({ 'glimpse.recent': '["a",3,"",null]' }))).toEqual(['a']);
    expect(loadRecent(memory({ 'glimpse.recent': '{"a":1}' }))).toEqual([]);
  });
});
