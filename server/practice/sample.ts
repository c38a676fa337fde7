import { type PracticePerson, practicePeople, practiceStripeId, sharedNames } from './people.ts';
import { seededRandom, shuffled } from './random.ts';

/** The sample's own file name: it goes into the plan and into the records, as with any file. */
export const sampleFileName = 'account-prep-60.csv';

/** People whom the practice environment holds in a state that only an earlier run could have left. */
export interface PracticeStory {
  /** Armed by this very migration, all planned fields equal: plans as NO_CHANGE. */
  readonly armed: PracticePerson;
  /** Went through the reset and has the event: plans as COMPLETE. */
  readonly complete: PracticePerson;
  /** The Stripe ids with which these two stand in the sample. */
  readonly armedStripeId: string;
  readonly completeStripeId: string;
}

interface SampleRow {
  readonly name: string;
  readonly email: string;
  readonly stripeId: string;
  readonly signupDate: string;
}

/** Whom the story is about. */
export function practiceStory(people: readonly PracticePerson[] = practicePeople()): PracticeStory {
  const armed = personNumber(people, 2001);
  const complete = personNumber(people, 2002);
  return { armed, complete, armedStripeId: stripeIdOf(armed), completeStripeId: stripeIdOf(complete) };
}

/**
 * The sample file's text: sixty rows that hold every kind of row a plan knows. `resources/samples/` carries it as a
 * file, and a test keeps the two the same.
 */
export function sampleCsv(people: readonly PracticePerson[] = practicePeople()): string {
  const random = seededRandom(60);
  const rows = shuffled(goodRows(people), random);
  const twice = rows[11];
  if (twice === undefined) throw new Error('the sample has no twelfth row');
  const withBadRows = [
    ...rows.slice(0, 23),
    { ...madeUp('Ottilie Grünwald', 1), email: 'ottilie.grunwald(at)example.com' },
    ...rows.slice(23, 41),
    twice,
    ...rows.slice(41, 50),
    { ...madeUp('Piet van Houten', 2), stripeId: '1.2346E+14' },
    ...rows.slice(50),
  ];
  const lines = withBadRows.map((row) => [row.name, row.email, row.stripeId, row.signupDate].map(cell).join(','));
  return ['Customer Name,Customer Email,Stripe_Customer_ID,Signup Date', ...lines].map((line) => `${line}\n`).join('');
}

function goodRows(people: readonly PracticePerson[]): SampleRow[] {
  const story = practiceStory(people);
  const byEmail = people.slice(300, 322).map((person, place) => ({ ...rowOf(person), email: spelledDifferently(person.email, place) }));
  const byName = people.slice(500, 508).map((person, place) => ({ ...rowOf(person), name: spacedDifferently(person.fullName, place), email: privateAddress(person, place) }));
  const ambiguous = sharedNames(people).map((name, place) => ({ ...madeUp(name, 30 + place) }));
  const fresh = freshNames.map((name, place) => madeUp(name, 50 + place));
  const twoForOne = personNumber(people, 801);
  const wantedTwice = personNumber(people, 810);
  const staff = personNumber(people, 41);
  const otherStripeId = personNumber(people, 901);
  return [
    ...byEmail,
    ...byName,
    ...ambiguous,
    ...fresh,
    { ...rowOf(story.armed), stripeId: story.armedStripeId },
    { ...rowOf(story.complete), stripeId: story.completeStripeId },
    { ...madeUp('Quentin Ashdown', 80), stripeId: stripeIdOf(personNumber(people, 1501)) },
    rowOf(twoForOne),
    { ...rowOf(twoForOne), email: privateAddress(twoForOne, 1), stripeId: practiceStripeId('two for one') },
    { ...rowOf(wantedTwice), email: privateAddress(wantedTwice, 2), stripeId: practiceStripeId('wanted once') },
    { ...rowOf(wantedTwice), email: privateAddress(wantedTwice, 3), stripeId: practiceStripeId('wanted twice') },
    { ...rowOf(staff), email: privateAddress(staff, 4) },
    { ...rowOf(otherStripeId), stripeId: practiceStripeId('a newer subscription') },
  ];
}

/** People nobody knows yet. The last one's name mixes Latin with a Cyrillic letter, which is flagged. */
const freshNames: readonly string[] = [
  'Adaeze Whitlock', 'Benedikt Sommerfeld', 'Cosima Hale', 'Dorothea Lindgren-Obi', 'Ewan Mactavish', 'Florentina Bru',
  'Gwendolyn Achebe', 'Hyacinth Roux', 'Ignatius Pell', "Juno O'Dwyer", 'Kasimir Wolff', 'Leocadia Fortún', 'Montgomery Vale', 'Nаthaniel Stroud',
];

function rowOf(person: PracticePerson): SampleRow {
  return { name: person.fullName, email: person.email, stripeId: stripeIdOf(person), signupDate: signupDate(person.number) };
}

function madeUp(name: string, number: number): SampleRow {
  const local = name.normalize('NFD').replaceAll(/[^A-Za-z ]/g, '').toLowerCase().replaceAll(' ', '.');
  return { name, email: `${local}.${String(number)}@mail.example`, stripeId: practiceStripeId(`sample ${number}`), signupDate: number === 53 ? 'n/a' : signupDate(number * 7) };
}

function stripeIdOf(person: PracticePerson): string {
  return person.stripeCustomerId ?? practiceStripeId(`csv ${person.number}`);
}

function personNumber(people: readonly PracticePerson[], number: number): PracticePerson {
  const person = people[number - 1];
  if (person === undefined) throw new Error(`there is no practice person number ${String(number)}`);
  return person;
}

/** An address of their own that our records do not know. */
function privateAddress(person: PracticePerson, number: number): string {
  return `${person.fullName.toLowerCase().replaceAll(' ', '')}${String(number)}@home.example`;
}

function spelledDifferently(email: string, place: number): string {
  if (place % 5 === 1) return email.toUpperCase();
  if (place % 5 === 3) return ` ${email} `;
  return email;
}

function spacedDifferently(name: string, place: number): string {
  if (place % 3 === 1) return name.toUpperCase();
  if (place % 3 === 2) return name.replace(' ', '   ');
  return name;
}

function signupDate(number: number): string {
  const day = new Date(Date.UTC(2021, 0, 1 + ((number * 37) % 1500)));
  return day.toISOString().slice(0, 10);
}

function cell(value: string): string {
  return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
