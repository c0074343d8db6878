import { type AttachmentKey, attachmentId } from '../../model/attachment.ts';

/** The key of the problem that an ADD of this attachment has failed and is not undone yet. */
export function owedKey(key: AttachmentKey): string {
  return `owed ${attachmentId(key)}`;
}
