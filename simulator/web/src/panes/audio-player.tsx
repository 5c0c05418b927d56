import { Pause, Play } from 'lucide-react';
import { useRef, useState } from 'react';
import type { MessageView } from '../../../src/control/contract/views.ts';
import { api } from '../live/api.ts';
import { attempt, notify } from '../live/store.ts';
import { durationOf } from '../parts/time.ts';

interface Props {
  number: string;
  message: MessageView;
  path: string;
}

/** A voice note or a song; playing somebody's voice note tells them so. */
export function AudioPlayer({ number, message, path }: Props) {
  const { content, fromMe } = message;
  const announced = typeof content['seconds'] === 'number' ? content['seconds'] : 0;
  const audio = useRef<HTMLAudioElement>(null);
  const [isPlaying, setPlaying] = useState(false);
  const [atS, setAtS] = useState(0);
  const [lengthS, setLengthS] = useState(announced);
  const name = content['voice'] === true ? 'voice note' : 'audio';
  const toggle = () => {
    const { current } = audio;
    if (!current) return;
    if (isPlaying) return current.pause();
    current.play().catch(() => notify('bad', `The browser cannot play this ${name}.`));
  };
  const told = () => {
    setPlaying(true);
    if (!fromMe && content['voice'] === true) void attempt(() => api.played(number, message.id));
  };
  return (
    <div className="audio">
      <button
        type="button"
        aria-label={isPlaying ? `Pause the ${name}` : `Play the ${name}`}
        onClick={toggle}
      >
        {isPlaying ? <Pause aria-hidden /> : <Play aria-hidden />}
      </button>
      <span className="track">
        <Waveform encoded={content['waveform']} share={lengthS > 0 ? atS / lengthS : 0} />
        <input
          type="range"
          aria-label={`Position in the ${name}`}
          min={0}
          max={Math.max(lengthS, 0.1)}
          step={0.1}
          value={atS}
          onChange={({ target }) => {
            setAtS(Number(target.value));
            if (audio.current) audio.current.currentTime = Number(target.value);
          }}
        />
      </span>
      <small>{durationOf(isPlaying || atS > 0 ? atS : lengthS)}</small>
      {/* No captions: what is said in somebody's test file is not known. */}
      <audio
        ref={audio}
        src={path}
        preload="metadata"
        onPlay={told}
        onPause={() => setPlaying(false)}
        onEnded={() => setAtS(0)}
        onTimeUpdate={({ currentTarget }) => setAtS(currentTarget.currentTime)}
        onLoadedMetadata={({ currentTarget: { duration } }) => {
          if (Number.isFinite(duration) && duration > 0) setLengthS(duration);
        }}
      />
    </div>
  );
}

const BARS = 64;
const FLAT = Array.from({ length: BARS }, () => 12);

/** 64 bars; the first `share` of them is played already. */
function Waveform({ encoded, share }: { encoded: unknown; share: number }) {
  const isGiven = typeof encoded === 'string' && encoded !== '';
  const levels = isGiven ? Array.from(atob(encoded), (letter) => letter.charCodeAt(0)) : FLAT;
  const played = Math.round(levels.length * share);
  return (
    <svg
      className="wave"
      viewBox={`0 0 ${levels.length * 4} 30`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={bars(levels, 0, levels.length)} />
      {played > 0 && <path className="played" d={bars(levels, 0, played)} />}
    </svg>
  );
}

function bars(levels: readonly number[], from: number, to: number): string {
  return levels
    .slice(from, to)
    .map((level, index) => {
      const half = Math.max(1, (level / 100) * 14);
      return `M${(from + index) * 4 + 2} ${15 - half}V${15 + half}`;
    })
    .join('');
}
