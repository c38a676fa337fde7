/** Made-up people's names. Every first name goes with every last name: 7,200 people, none of them real. */
export const firstNames: readonly string[] = [
  'Abebe', 'Ada', 'Ailsa', 'Amara', 'Anders', 'Anouk', 'Aoife', 'Arjun', 'Astrid', 'Bao', 'Beatriz', 'Bram', 'Camille', 'Carlos', 'Chidi', 'Clara',
  'Dagny', 'Daniela', 'Dario', 'Deepa', 'Eitan', 'Elif', 'Emeka', 'Erik', 'Esi', 'Farah', 'Fatima', 'Felix', 'Freya', 'Gita', 'Giulia', 'Hana',
  'Hugo', 'Idris', 'Ines', 'Ingrid', 'Isla', 'Ivan', 'Jonas', 'Julia', 'Jun', 'Kaia', 'Katya', 'Kenji', 'Kofi', 'Lars', 'Laila', 'Lena',
  'Leonie', 'Liam', 'Lucia', 'Magnus', 'Maja', 'Malik', 'Marta', 'Mateo', 'Mei', 'Milan', 'Mira', 'Nadia', 'Nia', 'Niko', 'Noor', 'Olga',
  'Omar', 'Paulo', 'Petra', 'Priya', 'Rafael', 'Rosa', 'Ruben', 'Samir', 'Sanna', 'Sofia', 'Tariq', 'Tess', 'Thandi', 'Viktor', 'Yara', 'Zofia',
];

export const lastNames: readonly string[] = [
  'Abara', 'Achterberg', 'Adeyemi', 'Ahlgren', 'Almeida', 'Aziz', 'Bakker', 'Banerjee', 'Becker', 'Bellini', 'Berg', 'Bianchi', 'Brandt', 'Castellan', 'Chaudhry', 'Conti',
  'Costa', 'Dahl', 'Danso', 'Delgado', 'Demir', 'Dubois', 'Eklund', 'Engel', 'Esposito', 'Farouk', 'Fischer', 'Fontaine', 'Garnier', 'Gunnarson', 'Haddad', 'Hansen',
  'Hartmann', 'Herrera', 'Hofer', 'Holm', 'Ibarra', 'Ito', 'Iversen', 'Jansen', 'Joshi', 'Kamau', 'Kaya', 'Keller', 'Kimura', 'Kowalska', 'Lambert', 'Larsen',
  'Lindqvist', 'Lombardi', 'Lund', 'Mahlangu', 'Marchetti', 'Mensah', 'Mori', 'Moreau', 'Nakamura', 'Navarro', 'Nguyen', 'Novak', 'Nwosu', 'Okafor', 'Olsen', 'Osei',
  'Pereira', 'Petit', 'Prado', 'Quispe', 'Rao', 'Reyes', 'Ricci', 'Rossi', 'Ruiz', 'Saito', 'Santos', 'Sato', 'Schreiber', 'Serrano', 'Silva', 'Sorensen',
  'Tanaka', 'Thornton', 'Torres', 'Ueda', 'Vargas', 'Vasquez', 'Weber', 'Winter', 'Yilmaz', 'Zeman',
];
