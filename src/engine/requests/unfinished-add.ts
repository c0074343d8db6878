import { type AttachmentKey, attachmentId } from '../../model/attachment.ts';
import type { EngineState } from '../context.ts';

/** States that an ADD of this attachment has failed and is not undone yet. */
export function noteUnfinishedAdd(
  { problems }: Pick<EngineState, 'problems'>,
  key: AttachmentKey,
  message: string,
): void {
  problems.of('unfinishedAdds').set('wiringFailed', message, attachmentId(key));
}

/** The ADD of this attachment is undone, has been repeated with success, or was followed by a DEL. */
export function forgetUnfinishedAdd({ problems }: Pick<EngineState, 'problems'>, key: AttachmentKey): void {
  problems.of('unfinishedAdds').clear(attachmentId(key));
}
