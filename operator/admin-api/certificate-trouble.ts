import type { OperatorError } from '../../shared/contract/operator/reply.ts';
import { problem } from '../problems.ts';

type CertificateTrouble = 'expired' | 'not_yet_valid' | 'self_signed' | 'unknown_issuer' | 'wrong_host' | 'revoked' | 'refused';

/** What Node's TLS says when it turns a certificate away. All of them come before anything of a request is sent. */
const troubles: Readonly<Record<string, CertificateTrouble>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not_yet_valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self_signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown_issuer',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown_issuer',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown_issuer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown_issuer',
  CERT_UNTRUSTED: 'unknown_issuer',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong_host',
  HOSTNAME_MISMATCH: 'wrong_host',
  CERT_REVOKED: 'revoked',
  CERT_CHAIN_TOO_LONG: 'refused',
  CERT_SIGNATURE_FAILURE: 'refused',
  CERT_REJECTED: 'refused',
  INVALID_CA: 'refused',
  INVALID_PURPOSE: 'refused',
  PATH_LENGTH_EXCEEDED: 'refused',
};

/** System codes that say that the certificate was turned away. */
export const certificateCodes: readonly string[] = Object.keys(troubles);

/** A certificate that does not hold, in the operator's words; undefined for any other system code. Nothing was sent. There is no "accept it anyway". */
export function certificateProblem(systemCode: string): OperatorError | undefined {
  const trouble = Object.hasOwn(troubles, systemCode) ? troubles[systemCode] : undefined;
  if (trouble === undefined) return undefined;
  const because = `Nothing was sent (${systemCode}).`;
  switch (trouble) {
    case 'expired':
      return problem('certificate_expired', 'The certificate of the environment has expired', `${because} Check the clock of this machine; if it is right, whoever runs the server must renew the certificate.`);
    case 'not_yet_valid':
      return problem('certificate_not_yet_valid', 'The certificate of the environment is not valid yet', `${because} Most often the clock of this machine is behind: set it right, then try again.`);
    case 'self_signed':
      return problem('certificate_self_signed', 'The environment vouches for itself alone', `${because} Its certificate is signed by nobody whom this machine trusts. Have it given one that is, or have your company’s authority added to those that this machine trusts and start Drydock again.`);
    case 'unknown_issuer':
      return problem('certificate_unknown_issuer', 'Who vouches for the environment is not known here', `${because} Whoever runs the server must send the whole chain of certificates; a company’s own authority is added to those that this machine trusts. Then start Drydock again.`);
    case 'wrong_host':
      return problem('certificate_wrong_host', 'The certificate is made out to another name than the address', `${because} Use the name that the certificate is made out to, or have it made out to this one.`);
    case 'revoked':
      return problem('certificate_revoked', 'The certificate of the environment was revoked', `${because} Do not go on. Tell whoever runs the server.`);
    case 'refused':
      return problem('certificate_refused', 'The certificate of the environment cannot be used', `${because} Tell whoever runs the server, with this code.`);
  }
}
