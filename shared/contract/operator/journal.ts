import { z } from 'zod';
import { command, query } from './procedure.ts';

/** One damage of the chain, at the entry that shows it. */
export const journalDamageSchema = z.strictObject({
  seq: z.int(),
  kind: z.enum(['edited', 'removed', 'inserted', 'reordered', 'truncated', 'rehashed', 'replaced', 'forged', 'personal_data_changed', 'unreadable']),
  /** In a sentence. */
  detail: z.string(),
});
export type JournalDamage = z.infer<typeof journalDamageSchema>;

export const journalStatusSchema = z.strictObject({
  /** `latched`: a write failed, nothing more is written until restart. `damaged`: the chain does not hold. */
  state: z.enum(['verified', 'not_verified', 'latched', 'damaged']),
  entries: z.int(),
  head_hash: z.string().nullable(),
  verified_at: z.string().nullable(),
  detail: z.string().nullable(),
  open_intents: z.int(),
  anchor: z.enum(['agrees', 'not_reachable', 'disagrees', 'none']),
  /** By place, up to twenty; found in the chain or by the server's heads. */
  damages: z.array(journalDamageSchema),
  damages_left_out: z.int(),
  /** The file with its log of writes. */
  bytes: z.int(),
  /** Where the keys lie that open its personal data. */
  keys: z.enum(['os_key_store', 'file', 'session_only']),
});
export type JournalStatus = z.infer<typeof journalStatusSchema>;

export const journalEntryViewSchema = z.strictObject({
  seq: z.int(),
  kind: z.string(),
  at: z.string().nullable(),
  title: z.string(),
  run_id: z.string().nullable(),
  hash: z.string(),
});

/** What erasing a run's people would do, or did. */
export const erasePreviewSchema = z.strictObject({
  run_id: z.string(),
  /** Every run of the same people, this one among them: all of them lose them. Kind and state as the journal has them. */
  runs: z.array(z.strictObject({ run_id: z.string(), kind: z.string().nullable(), state: z.string().nullable() })),
  /** Entries whose sealed data cannot be read any more afterwards. The entries themselves stay. */
  sealed_entries: z.int(),
  /** Keys that are destroyed; 0 when it was all erased before. */
  keys: z.int(),
  /** Exported reports of these runs: out of reach, each where it was exported to. */
  reports: z.array(z.strictObject({ report_id: z.string(), run_id: z.string(), folder: z.string(), zip: z.string().nullable(), redacted: z.boolean(), exported_at: z.string() })),
});
export type ErasePreview = z.infer<typeof erasePreviewSchema>;

export const backupSchema = z.strictObject({
  entries: z.int(),
  head_hash: z.string().nullable(),
  bytes: z.int(),
  /** Null where it was prepared to be handed out. */
  path: z.string().nullable(),
  download_id: z.string().nullable(),
});

export const journalExportSchema = z.strictObject({ entries: z.int(), bytes: z.int(), path: z.string().nullable(), download_id: z.string().nullable() });

/** A head of this journal as the server keeps it. */
export const journalAnchorSchema = z.strictObject({ seq: z.int(), hash: z.string(), anchored_at: z.string(), agrees: z.boolean() });
export type JournalAnchor = z.infer<typeof journalAnchorSchema>;

export const journalProcedures = {
  'journal.getStatus': query(z.strictObject({}), journalStatusSchema),
  'journal.verify': command(z.strictObject({}), journalStatusSchema),
  /** How far a check that is under way has come; null while none is. */
  'journal.getProgress': query(z.strictObject({}), z.strictObject({ checking: z.strictObject({ checked: z.int(), of: z.int() }).nullable() })),
  /** The server's heads of this journal, newest first. */
  'journal.listAnchors': query(z.strictObject({ offset: z.int().min(0), limit: z.int().min(1).max(1000) }), z.strictObject({ items: z.array(journalAnchorSchema), total: z.int(), is_reachable: z.boolean() })),
  'journal.list': query(z.strictObject({ offset: z.int().min(0), limit: z.int().min(1).max(1000), run_id: z.string().optional() }), z.strictObject({ items: z.array(journalEntryViewSchema), total: z.int() })),
  /** Where an entry stands in the list of all, newest first: its offset, and the entry; null where it is not there, with the next ones that are on either side. */
  'journal.find': query(
    z.strictObject({ seq: z.int() }),
    z.strictObject({ offset: z.int(), entry: journalEntryViewSchema.nullable(), before: z.int().nullable(), after: z.int().nullable() }),
  ),
  /** To the file of the handle, which must not be there yet; without one it is prepared to be handed out. Keys are not in it. */
  'journal.backUp': command(z.strictObject({ handle: z.string().optional() }), backupSchema),
  /** The chain as JSON lines, of a run alone when named; where it goes as for a backup. Nothing personal is in it. */
  'journal.export': command(z.strictObject({ run_id: z.string().min(1).optional(), handle: z.string().optional() }), journalExportSchema),
  /** Refused while a run of these people is under way, or a call about them has no known outcome. */
  'journal.previewErase': query(z.strictObject({ run_id: z.string().min(1) }), erasePreviewSchema),
  /** For good: the keys of these people's data are destroyed. Answers as its preview did. */
  'journal.erase': command(z.strictObject({ run_id: z.string().min(1) }), erasePreviewSchema),
} as const;
