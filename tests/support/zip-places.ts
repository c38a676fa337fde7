/** What a byte of a zip is for. */
export type ZipPlace = 'signature' | 'name' | 'data' | 'last_packed_byte' | 'name_length' | 'method' | 'size' | 'crc' | 'offset' | 'count' | 'said_twice' | 'said_of_the_file' | 'trailing_length';

/**
 * The fields of a zip as Drydock writes it, by the byte. What the directory at its end says counts; `said_twice` is what
 * stands before or after the data once more, `said_of_the_file` is its time, its version and the like.
 */
export function zipPlaces(zip: Buffer): readonly ZipPlace[] {
  const places: ZipPlace[] = Array.from({ length: zip.length }, () => 'data');
  const mark = (at: number, length: number, place: ZipPlace): void => void places.fill(place, at, at + length);
  const end = zip.length - 22;
  const fields = (at: number, parts: readonly (readonly [number, ZipPlace])[]): void => {
    let next = at;
    for (const [length, place] of parts) {
      mark(next, length, place);
      next += length;
    }
  };
  fields(end, [[4, 'signature'], [2, 'said_of_the_file'], [2, 'said_of_the_file'], [2, 'said_twice'], [2, 'count'], [4, 'said_twice'], [4, 'offset'], [2, 'trailing_length']]);
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = zip.readUInt16LE(at + 28);
    const [packed, start] = [zip.readUInt32LE(at + 20), zip.readUInt32LE(at + 42)];
    // version made by, version needed, flags, method, time, crc, packed, size, name, extra, comment, disk, internal, external, offset
    fields(at, [[4, 'signature'], [2, 'said_of_the_file'], [2, 'said_of_the_file'], [2, 'said_of_the_file'], [2, 'method'], [4, 'said_of_the_file'], [4, 'crc'], [4, 'size'], [4, 'size'], [2, 'name_length'], [2, 'trailing_length'], [2, 'trailing_length'], [2, 'said_of_the_file'], [2, 'said_of_the_file'], [4, 'said_of_the_file'], [4, 'offset'], [nameLength, 'name']]);
    fields(start, [[4, 'signature'], [2, 'said_of_the_file'], [2, 'said_of_the_file'], [2, 'said_twice'], [4, 'said_of_the_file'], [4, 'said_twice'], [4, 'said_twice'], [4, 'said_twice'], [2, 'name_length'], [2, 'name_length'], [nameLength, 'name'], [packed, 'data']]);
    const after = start + 30 + nameLength + packed;
    mark(after - 1, 1, 'last_packed_byte');
    mark(after, 16, 'said_twice');
    at += 46 + nameLength;
  }
  return places;
}
