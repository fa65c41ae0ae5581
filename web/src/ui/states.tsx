// What the page says when there are no pictures to show.
import type { ComponentChildren } from 'preact';
import type { Failure } from '../api/client';
import { PictureIcon, SearchIcon, UnpluggedIcon, WarningIcon } from './icons';

interface MessageProperties {
  icon: ComponentChildren;
  title: string;
  alert?: boolean;
  children: ComponentChildren;
}

function Message({ icon, title, alert = false, children }: MessageProperties) {
  return (
    <section class="message" role={alert ? 'alert' : undefined}>
      <div class="message-icon">{icon}</div>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function EmptyLibrary({ onRetry }: { onRetry(): void }) {
  return (
    <Message icon={<PictureIcon />} title="Your library is empty">
      <p>Tell glimpse where your pictures are. In a terminal:</p>
      <pre tabIndex={0} aria-label="Command">
        <code>glimpse index ~/Pictures</code>
      </pre>
      <p class="quiet">They are read where they are; nothing is moved, changed or sent anywhere.</p>
      <button type="button" class="button" onClick={onRetry}>
        Look again
      </button>
    </Message>
  );
}

interface NothingFoundProperties {
  what: string;
  captions: boolean;
  /** A filter limits the results. */
  filtered: boolean;
  onUnfilter(): void;
  onClear(): void;
}

export function NothingFound({ what, captions, filtered, onUnfilter, onClear }: NothingFoundProperties) {
  return (
    <Message icon={<SearchIcon />} title="Nothing found">
      {filtered ? (
        <p>No picture that the filter lets through{what === '' ? '' : ' matches'}. Take a condition away.</p>
      ) : captions ? (
        <p>
          No caption has all the words of <q>{what}</q>. Try fewer.
        </p>
      ) : (
        <p>
          No picture matches <q>{what}</q>. Try plainer words: a thing, a colour, a place.
        </p>
      )}
      {filtered && what !== '' && (
        <button type="button" class="button" onClick={onUnfilter}>
          Search without the filter
        </button>
      )}
      <button type="button" class="button" onClick={onClear}>
        Show all pictures
      </button>
    </Message>
  );
}

export function SampleGone({ name, onChoose }: { name: string; onChoose(): void }) {
  return (
    <Message icon={<PictureIcon />} title="The picture is no longer here">
      <p>
        You searched with <q>{name}</q>, which was never stored. Drop, paste or choose it again.
      </p>
      <button type="button" class="button" onClick={onChoose}>
        Start over
      </button>
    </Message>
  );
}

export function Failed({ failure, onRetry }: { failure: Failure; onRetry(): void }) {
  if (failure.unreachable) {
    return (
      <Message icon={<UnpluggedIcon />} title="glimpse does not answer" alert>
        <p>{failure.message} If it was stopped, start it again:</p>
        <pre tabIndex={0} aria-label="Command">
          <code>glimpse serve</code>
        </pre>
        <p class="quiet">This page comes back by itself as soon as it does.</p>
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      </Message>
    );
  }
  return (
    <Message icon={<WarningIcon />} title="That did not work" alert>
      <p class="server-message">{failure.message}</p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </Message>
  );
}
