// How many seats a list takes: by upstream's rule one for each 100 kB that it would hold at once.

const bytesPerSeat = 100_000;

/** What a list holds at once: the rest of a longer one is written while it is read. */
const bytesMax = 1_000_000;

const seatsMax = 100;

export type Listed = {
  /** Stored objects of the kind, and the mean size of one. */
  readonly count: number;
  readonly bytesEach: number;
  /** 0: no limit. */
  readonly limit: number;
  /** One name is asked for. */
  readonly single: boolean;
};

/** `levelMax`: most seats that the level gives to one request; 0: as many as anybody gets. */
export function seatsOfList({ count, bytesEach, limit, single }: Listed, levelMax: number): number {
  const objects = single ? 1 : limit > 0 ? Math.min(limit, count) : count;
  const seats = Math.ceil(Math.min(objects * bytesEach, bytesMax) / bytesPerSeat);
  const most = levelMax === 0 ? seatsMax : Math.min(levelMax, seatsMax);
  return Math.min(Math.max(seats, 1), most);
}

/** Most seats for one request of a level with queues: a part of what it has, so that others still find some. */
export const seatsMaxOf = (nominal: number, handSize: number): number =>
  Math.max(1, Math.min(Math.ceil(nominal * 0.15), Math.floor(nominal / handSize)));
