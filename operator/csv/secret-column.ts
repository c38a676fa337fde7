/** Words that make a column a secret wherever they stand in its name, joined or not. */
const INSIDE =
  /passw|pwd|passphrase|passcode|passkey|secret(?!ar)|token|credential|api ?key|private ?key|access ?key|auth ?key|signing ?key|kennwort|contrasena|motdepasse|mot de passe|wachtwoord|salasana|parol[ae]|haslo|palavra ?passe/;
/** Words that are a secret only when they stand alone: "pin" is also inside "shipping". */
const ALONE = /(?:^| )(?:pass|pw|pin|otp|totp|mfa|2fa|cvv|cvc|senha|losenord|hash|salt|bearer|jwt|cookie|session|ssn)(?:$| )/;
const CAMEL_CASE = /(\p{Ll})(\p{Lu})/gu;

/**
 * Whether a column's name looks like it holds secrets. Such a file is refused as a whole: what was never
 * read cannot leak. Compatibility forms and accents do not hide the word.
 */
export function looksLikeSecretColumn(header: string): boolean {
  const plain = header
    .normalize('NFKD')
    .replace(CAMEL_CASE, '$1 $2')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replaceAll('\u0142', 'l')
    .replace(/[^\p{L}\p{N}]+/gu, ' ');
  return INSIDE.test(plain) || INSIDE.test(plain.replaceAll(' ', '')) || ALONE.test(plain);
}
