import { ImageUp } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { readQr } from '../live/read-qr.ts';
import { Problem } from '../parts/problem.tsx';

/** Takes a picture of a QR code: pasted, dropped or picked. */
export function QrPicture({ onText }: { onText: (text: string) => void }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [isOver, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const read = (picture: Blob | null | undefined) => {
    if (!picture) return;
    setProblem(null);
    readQr(picture).then(
      (text) => {
        if (text === null) setProblem('There is no QR code to be found in this picture.');
        else onText(text);
      },
      () => setProblem('The browser cannot read this picture.'),
    );
  };
  useEffect(() => {
    const paste = ({ clipboardData }: ClipboardEvent) => read(pictureIn(clipboardData));
    document.addEventListener('paste', paste);
    return () => document.removeEventListener('paste', paste);
  });
  return (
    <>
      <div
        className={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          read(pictureIn(event.dataTransfer));
        }}
      >
        <span className="grow">A picture of it can be pasted or dropped here.</span>
        <button type="button" className="small" onClick={() => input.current?.click()}>
          <ImageUp aria-hidden /> Picture…
        </button>
        <input
          ref={input}
          type="file"
          accept="image/*"
          hidden
          onChange={({ target }) => {
            read(target.files?.[0]);
            target.value = '';
          }}
        />
      </div>
      <Problem text={problem} />
    </>
  );
}

function pictureIn(transfer: DataTransfer | null): File | undefined {
  return [...(transfer?.files ?? [])].find(({ type }) => type.startsWith('image/'));
}
