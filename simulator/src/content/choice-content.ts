import type { DocumentContent, Frame, ImageContent, VideoContent } from './content.ts';

/** Media above the text of an interactive message. */
export type HeaderMedia = ImageContent | VideoContent | DocumentContent;

export interface ButtonsContent extends Frame {
  readonly type: 'buttons';
  readonly text: string;
  readonly title?: string;
  readonly header?: HeaderMedia;
  readonly footer?: string;
  readonly buttons: readonly { readonly id: string; readonly text: string }[];
}

export interface ListContent extends Frame {
  readonly type: 'list';
  readonly text: string;
  readonly title?: string;
  readonly footer?: string;
  /** What the button says that opens the list. */
  readonly button: string;
  readonly sections: readonly ListSection[];
}

export interface ListSection {
  readonly title?: string;
  readonly rows: readonly {
    readonly id: string;
    readonly title: string;
    readonly description?: string;
  }[];
}

/** Buttons of WhatsApp's "native flow". */
export interface InteractiveContent extends Frame {
  readonly type: 'interactive';
  readonly text: string;
  readonly title?: string;
  readonly header?: HeaderMedia;
  readonly footer?: string;
  /** `name` is such as `quick_reply`, `cta_url`, `single_select`; `params` is JSON text. */
  readonly buttons: readonly { readonly name: string; readonly params: string }[];
}

export interface TemplateContent extends Frame {
  readonly type: 'template';
  readonly text: string;
  readonly title?: string;
  readonly header?: HeaderMedia;
  readonly footer?: string;
  readonly buttons: readonly TemplateButton[];
}

export type TemplateButton =
  | { readonly kind: 'reply'; readonly text: string; readonly id: string }
  | { readonly kind: 'url'; readonly text: string; readonly url: string }
  | { readonly kind: 'call'; readonly text: string; readonly phone: string };

/** A choice in one of the four kinds of messages above; it quotes the message it answers. */
export type ReplyContent =
  | (Frame & { readonly type: 'button-reply'; readonly id: string; readonly text: string })
  | (Frame & {
      readonly type: 'list-reply';
      readonly id: string;
      readonly title: string;
      readonly description?: string;
    })
  | (Frame & {
      readonly type: 'interactive-reply';
      readonly name: string;
      /** JSON text. */
      readonly params: string;
      readonly text?: string;
    })
  | (Frame & {
      readonly type: 'template-reply';
      readonly id: string;
      readonly text: string;
      readonly index?: number;
    });
