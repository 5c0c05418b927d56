import { Download, FileText } from 'lucide-react';
import type { MessageView } from '../../../src/control/contract/views.ts';
import { sizeOf } from '../model/files.ts';
import { AudioPlayer } from './audio-player.tsx';

interface Props {
  number: string;
  message: MessageView;
  media: NonNullable<MessageView['media']>;
}

/** The file of a message, shown as far as a browser can. */
export function Media({ number, message, media }: Props) {
  const { type, content, text } = message;
  switch (type) {
    case 'image':
      return (
        <a className="picture" href={media.path} target="_blank" rel="noreferrer">
          <img src={media.path} alt={text || 'Photo'} {...box(content)} />
        </a>
      );
    case 'sticker':
      return <img className="sticker" src={media.path} alt="Sticker" />;
    case 'video':
      return <Video media={media} style={content['style']} />;
    case 'audio':
      return <AudioPlayer number={number} message={message} path={media.path} />;
    default:
      return <Document media={media} />;
  }
}

/** Without captions: what is said in a file somebody picked for a test is not known. */
function Video({ media, style }: { media: Props['media']; style: unknown }) {
  const isGif = style === 'gif';
  return (
    <video
      className={style === 'round' ? 'round' : undefined}
      src={media.path}
      controls={!isGif}
      autoPlay={isGif}
      loop={isGif}
      muted={isGif}
      playsInline
    />
  );
}

function Document({ media }: { media: Props['media'] }) {
  const name = media.fileName ?? 'Document';
  return (
    <a className="document" href={media.path} download={name}>
      <FileText aria-hidden />
      <span>
        <strong>{name}</strong>
        <small>
          {media.mimetype ?? 'unknown type'} · {sizeOf(media.bytes)}
        </small>
      </span>
      <Download aria-hidden />
    </a>
  );
}

/** Keeps the place of a picture that is still loading. */
function box(content: MessageView['content']): { width?: number; height?: number } {
  const { width, height } = content as { width?: unknown; height?: unknown };
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : {};
}
