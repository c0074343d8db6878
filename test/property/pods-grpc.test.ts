import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkVerdict, decodeCheck, encodeCheck, frame, unframe } from '../../src/pods/probes/grpc-health.ts';

it('reads any bytes as a status, or says that they are none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        expect(decodeCheck(Buffer.from(bytes))).toMatch(/^([A-Z_]+|\d+)$/);
      } catch (error) {
        expect(String(error)).toMatch(/^Error: a (field|number) /);
      }
    }),
  );
});

it('writes a service name that is read as a field to be skipped', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), (service) => {
      expect(decodeCheck(Buffer.concat([encodeCheck(service), Buffer.of(0x08, 1)]))).toBe('SERVING');
    }),
  );
});

it('takes one frame apart that it has put together, and nothing but', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.uint8Array({ minLength: 1, maxLength: 9 }), (bytes, more) => {
      const framed = frame(Buffer.from(bytes));
      expect(unframe(framed)).toEqual(Buffer.from(bytes));
      expect(() => unframe(Buffer.concat([framed, more]))).toThrow('breaks off');
    }),
  );
});

it('succeeds for SERVING alone, whatever a server sends', () => {
  const field = fc.oneof(fc.constantFrom('0', '5', '12', 'application/grpc'), fc.string());
  const fields = fc.dictionary(fc.constantFrom('grpc-status', 'grpc-message', 'content-type', ':status'), field);
  fc.assert(
    fc.property(fields, fields, fc.uint8Array({ maxLength: 20 }), (headers, trailers, bytes) => {
      const typed = { ...headers, ':status': 200 };
      for (const answer of [headers, typed]) {
        const result = checkVerdict({ headers: answer, trailers, body: Buffer.from(bytes) });
        if (result.ok) expect(decodeCheck(unframe(Buffer.from(bytes)))).toBe('SERVING');
        else expect(result.message).not.toBe('');
      }
    }),
  );
});
