import { FileText, Mic } from 'lucide-react';
import { useEffect, useState } from 'react';
import { api } from '../live/api.ts';
import { readFile } from '../live/read-file.ts';
import { contentTypeOf, fileContent, sizeOf } from '../model/files.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { useSubmission } from '../parts/submit.ts';
import type { Destination, FileKind } from './opener.ts';

const MAX_BYTES = 16 * 1024 * 1024;

const TITLES: Readonly<Record<FileKind, string>> = {
  media: 'Send a file',
  voice: 'Send a voice note',
  document: 'Send a document',
};

interface Props {
  file: File;
  as: FileKind;
  to: Destination;
  onClose: () => void;
}

/** Shows what is about to be sent, with a caption where one is possible. */
export function FileDialog({ file, as, to, onClose }: Props) {
  const [caption, setCaption] = useState('');
  const url = useObjectUrl(file);
  const { isBusy, problem, onSubmit } = useSubmission();
  const type = contentTypeOf(file.type, as);
  const isTooLarge = file.size > MAX_BYTES;
  const send = async () => {
    const facts = await readFile(file, as, url ?? '');
    const content = fileContent(file, as, facts, caption.trim());
    const quoted = to.quotedId === null ? {} : { quoted: { id: to.quotedId } };
    await api.send(to.number, to.chat, { content: { ...content, ...quoted } });
    onClose();
  };
  return (
    <Dialog title={TITLES[as]} onClose={onClose}>
      <form onSubmit={onSubmit(send)}>
        <div className="file-preview">
          {type === 'image' && url && <img src={url} alt={file.name} />}
          {type === 'video' && url && <video src={url} controls muted />}
          {type === 'audio' && (
            <>
              <Mic aria-hidden />
              {url && <audio src={url} controls />}
            </>
          )}
          {type === 'document' && <FileText aria-hidden />}
          <p>
            <strong>{file.name}</strong>
            <small>
              {file.type || 'unknown type'} · {sizeOf(file.size)}
            </small>
          </p>
        </div>
        {type !== 'audio' && (
          <label>
            Caption
            <input
              value={caption}
              onChange={(event) => setCaption(event.target.value)}
              autoComplete="off"
              autoFocus
            />
          </label>
        )}
        <Problem text={isTooLarge ? 'At most 16 MB can be sent from this page.' : problem} />
        <footer>
          <button type="submit" className="primary" disabled={isBusy || isTooLarge}>
            {isBusy ? 'Sending…' : 'Send'}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}

function useObjectUrl(file: File): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
