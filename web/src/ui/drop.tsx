import { useEffect, useRef, useState } from 'preact/hooks';
import { PictureIcon } from './icons';

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** Takes pictures dropped or pasted anywhere on the page; shows where to drop while one is dragged. */
export function DropTarget({ onFile, onOther }: { onFile(file: File): void; onOther(): void }) {
  const [over, setOver] = useState(false);
  const depth = useRef(0);
  useEffect(() => {
    const leave = () => {
      depth.current = 0;
      setOver(false);
    };
    const onEnter = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth.current += 1;
      setOver(true);
    };
    const onExit = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      depth.current -= 1;
      if (depth.current <= 0) leave();
    };
    const onOver = (event: DragEvent) => {
      if (holdsFiles(event)) event.preventDefault();
    };
    const onDrop = (event: DragEvent) => {
      if (!holdsFiles(event)) return;
      event.preventDefault();
      leave();
      const file = event.dataTransfer?.files[0];
      if (file) onFile(file);
      else onOther();
    };
    const onPaste = (event: ClipboardEvent) => {
      const file = event.clipboardData?.files[0];
      if (!file) return;
      event.preventDefault();
      onFile(file);
    };
    const page = new AbortController();
    const { signal } = page;
    window.addEventListener('dragenter', onEnter, { signal });
    window.addEventListener('dragleave', onExit, { signal });
    window.addEventListener('dragover', onOver, { signal });
    window.addEventListener('drop', onDrop, { signal });
    window.addEventListener('paste', onPaste, { signal });
    return () => {
      page.abort();
    };
  }, [onFile, onOther]);
  return (
    <div class="drop" data-over={over} aria-hidden="true">
      <div>
        <PictureIcon />
        <p>Drop a picture to find others like it</p>
      </div>
    </div>
  );
}
