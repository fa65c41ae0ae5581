import type { Settings } from '../state/storage';
import { Choice } from './choice';
import { SettingsIcon } from './icons';
import { usePanel } from './use_panel';

const SHORTCUTS: [string, string][] = [
  ['/', 'Search'],
  ['← ↑ ↓ →', 'Move among the pictures (also h j k l)'],
  ['Enter', 'Open'],
  ['m', 'More like this'],
  ['y', 'Copy the path'],
  ['d', 'Download, in the large view'],
  ['i', 'Details, in the large view'],
  ['0 1 2 3', 'Grade, where results are judged; u undoes'],
  ['Esc', 'Clear, close, back to the search'],
];

export function SettingsMenu({ settings, onChange }: { settings: Settings; onChange(settings: Settings): void }) {
  const { open, setOpen, root, button, onKeyDown } = usePanel();
  return (
    <div ref={root} class="settings" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        class="round"
        aria-label="Settings"
        title="Settings"
        aria-expanded={open}
        aria-controls="settings"
        onClick={() => {
          setOpen(!open);
        }}
      >
        <SettingsIcon />
      </button>
      <div id="settings" class="panel" role="group" aria-label="Settings" hidden={!open}>
        <Choice
          legend="Theme"
          name="theme"
          values={['system', 'light', 'dark'] as const}
          value={settings.theme}
          onChange={(theme) => {
            onChange({ ...settings, theme });
          }}
        />
        <Choice
          legend="Picture size"
          name="size"
          values={['small', 'medium', 'large'] as const}
          value={settings.size}
          onChange={(size) => {
            onChange({ ...settings, size });
          }}
        />
        <label class="switch">
          <span>Show scores</span>
          <input
            type="checkbox"
            role="switch"
            checked={settings.scores}
            onChange={(event) => {
              onChange({ ...settings, scores: event.currentTarget.checked });
            }}
          />
        </label>
        <div class="shortcuts">
          <h2>Keyboard</h2>
          <dl>
            {SHORTCUTS.map(([keys, meaning]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </div>
      </div>
    </div>
  );
}
