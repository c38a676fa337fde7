import { firstNames, lastNames } from './names.ts';
import { seededRandom, shuffled } from './random.ts';

/** The password of their own that every made-up person has. Practice is loopback only; it protects nothing. */
export const practiceOwnPassword = 'practice makes the master';

/** Someone who has an account in the practice environment before anything is migrated. */
export interface PracticePerson {
  /** 1 to 5,000. */
  readonly number: number;
  readonly userId: string;
  readonly fullName: string;
  readonly email: string;
  readonly stripeCustomerId: string | null;
  readonly role: 'customer' | 'staff';
}

const count = 5000;
const mailDomains = ['example.com', 'example.org', 'example.net'] as const;

/**
 * About 5,000 people, the same every time. All names differ but for the last twelve people, who share four names
 * between them; every tenth person has no Stripe id; person 40 works here.
 */
export function practicePeople(): readonly PracticePerson[] {
  const random = seededRandom(20_250_809);
  const names = shuffled(firstNames.flatMap((first) => lastNames.map((last) => `${first} ${last}`)), random).slice(0, count - 12);
  const sharedNames = Array.from({ length: 12 }, (_unused, place) => names[100 + (place % 4)] ?? '');
  return [...names, ...sharedNames].map((fullName, place) => personAt(place, fullName));
}

/** The names that several people have: no one of them can be told from the others by name (A7). */
export function sharedNames(people: readonly PracticePerson[]): readonly string[] {
  return [...new Set(people.slice(-12).map((person) => person.fullName))];
}

function personAt(place: number, fullName: string): PracticePerson {
  const number = String(place + 1).padStart(4, '0');
  return {
    number: place + 1,
    userId: `5a17d0c5-0000-4000-8000-00000000${number}`,
    fullName,
    email: `${fullName.toLowerCase().replaceAll(' ', '.')}.${number}@${mailDomains[place % mailDomains.length] ?? 'example.com'}`,
    stripeCustomerId: place % 10 === 9 ? null : practiceStripeId(`user ${number}`),
    role: place === 40 ? 'staff' : 'customer',
  };
}

/** A Stripe customer id that looks like one, made from a word. */
export function practiceStripeId(word: string): string {
  const random = seededRandom(Array.from(word).reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7));
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';
  return `cus_${Array.from({ length: 14 }, () => letters[Math.floor(random() * letters.length)] ?? 'A').join('')}`;
}
