/** Passwords of 12 characters and more that appear near the top of every leaked list, lower-case. Shorter ones are refused by length. */
const COMMON: ReadonlySet<string> = new Set([
  '000000000000', '111111111111', '121212121212', '123123123123', '123321123321', '1234567890123', '12345678901234',
  '123456789012', '123456789123', '1234567891011', '0123456789012', '012345678901', '0987654321098',
  '098765432109', '1111111111111', '222222222222', '555555555555', '666666666666', '777777777777', '888888888888',
  '999999999999', '112233445566', '123454321234', '123456123456', '1234567812345678', '123456abcdef', '123qweasdzxc',
  '1q2w3e4r5t6y', '1q2w3e4r5t6y7u', '1q2w3e4r5t6y7u8i', '1qaz2wsx3edc', '1qaz2wsx3edc4rfv', '1qazxsw23edc',
  'a1b2c3d4e5f6', 'aaaaaaaaaaaa', 'abc123abc123', 'abcd1234abcd', 'abcdef123456', 'abcdefghijkl', 'abcdefghijklm',
  'administrator', 'administrator1', 'adminadminadmin', 'admin1234567', 'asdasdasdasd', 'asdfasdfasdf', 'asdfghjkl123',
  'asdfghjkl;\'', 'asdfghjklzxcvbnm', 'baseball1234', 'changeme1234', 'changemenow1', 'changepassword', 'chocolate123',
  'computer1234', 'correcthorsebatterystaple', 'dragon123456', 'football1234', 'fuckyoufuckyou', 'helloworld12',
  'helloworld123', 'iloveyou1234', 'iloveyouforever', 'iloveyousomuch', 'ilovemyfamily', 'internet1234', 'jesuschrist1',
  'jesusislord1', 'letmeinletmein', 'letmein12345', 'liverpool123', 'manchester12', 'manchesterunited', 'michael12345',
  'mypassword12', 'mypassword123', 'newpassword1', 'newpassword12', 'newpassword123', 'nopassword123', 'p@ssw0rd1234',
  'p@ssw0rd12345', 'p@ssword1234', 'pa$$w0rd1234', 'passpasspass', 'passw0rd1234', 'password0000', 'password1111',
  'password1234', 'password12345', 'password123456', 'password1234567', 'password12345678', 'password123!', 'password1234!',
  'password2020', 'password2021', 'password2022', 'password2023', 'password2024', 'password2025', 'password2026',
  'passwordpassword', 'princess1234', 'q1w2e3r4t5y6', 'q1w2e3r4t5y6u7', 'qazwsxedc123', 'qazwsxedcrfv', 'qazwsxedcrfvtgb',
  'qweasdzxc123', 'qweqweqweqwe', 'qwerty123456', 'qwerty12345678', 'qwertyqwerty', 'qwertyuiop12', 'qwertyuiop123',
  'qwertyuiop[]', 'qwertyuiop1234567890', 'qwertyuiopasdfghjkl', 'qwertyuiopasdfghjklzxcvbnm', 'qwertyuiopas',
  'secret123456', 'sunshine1234', 'superman1234', 'temppassword', 'temppassword1', 'testpassword', 'testtesttest',
  'thisismypassword', 'trustno1trustno1', 'welcome12345', 'welcome123456', 'welcomewelcome', 'whateverwhatever',
  'xxxxxxxxxxxx', 'zxcvbnm12345', 'zxcvbnmasdfghjkl', 'zxcvbnmzxcvbnm', 'zzzzzzzzzzzz',
]);

/** Whether it is on the list, whatever its capitals. */
export function isCommonPassword(password: string): boolean {
  return COMMON.has(password.toLowerCase());
}
