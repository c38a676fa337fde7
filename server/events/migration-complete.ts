/** The name of the event that a customer's first own password records (A12). It is the same at Klaviyo (A13). */
export const MIGRATION_COMPLETE = 'Migration Complete';
