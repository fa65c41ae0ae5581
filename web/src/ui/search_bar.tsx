import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import { CloseIcon, LikeIcon, PictureIcon, SearchIcon } from './icons';

/** The picture that is searched with, shown inside the field. */
export interface Sample {
  label: string;
  thumbnail: string | null;
}

interface Properties {
  text: string;
  sample: Sample | null;
  inputRef: RefObject<HTMLInputElement | null>;
  onText(text: string): void;
  onSubmit(): void;
  onClear(): void;
  onFile(file: File): void;
  onLeave(): void;
}

export function SearchBar({ text, sample, inputRef, onText, onSubmit, onClear, onFile, onLeave }: Properties) {
  const picker = useRef<HTMLInputElement>(null);
  const filled = text !== '' || sample !== null;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      if (filled) onClear();
      else onLeave();
    } else if (event.key === 'ArrowDown') {
      event.preventDefault();
      onLeave();
    } else if (event.key === 'Backspace' && sample && text === '') {
      onClear();
    }
  };
  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <SearchIcon />
      {sample && (
        <span class="sample">
          {sample.thumbnail ? <img src={sample.thumbnail} alt="" /> : <LikeIcon />}
          <span class="sample-label">{sample.label}</span>
        </span>
      )}
      <input
        ref={inputRef}
        class="search-input"
        type="text"
        name="q"
        value={text}
        maxLength={1000}
        placeholder={sample ? '' : 'Describe a picture'}
        aria-label="Describe a picture"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        enterkeyhint="search"
        onInput={(event) => {
          onText(event.currentTarget.value);
        }}
        onKeyDown={onKeyDown}
      />
      {filled ? (
        <button type="button" class="round" aria-label="Clear the search" title="Clear (Esc)" onClick={onClear}>
          <CloseIcon />
        </button>
      ) : (
        <kbd class="hint" aria-hidden="true">
          /
        </kbd>
      )}
      <button
        type="button"
        class="round"
        aria-label="Search with a picture"
        title="Search with a picture: choose, drop or paste one"
        onClick={() => picker.current?.click()}
      >
        <PictureIcon />
      </button>
      <input
        ref={picker}
        class="visually-hidden"
        type="file"
        accept="image/*,.heic,.avif,.tif,.tiff,.bmp"
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = '';
          if (file) onFile(file);
        }}
      />
    </form>
  );
}
