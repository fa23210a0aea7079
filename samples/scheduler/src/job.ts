// What a job is, from the client's order to the solved tour.
export interface Stop {
  x: number;
  y: number;
  demand?: number;
}

export interface Order {
  tenant: number;
  stops: Stop[];
  capacity?: number;
  budget_ms?: number;
  priority?: number;
}

export type Outcome = 'solved' | 'failed' | 'cancelled';

export interface Solution {
  tour: number[];
  cost: number;
  restarts: number;
}

export interface Job {
  id: string;
  order: Order;
  requestId: string;
  acceptedMs: number;
  outcome?: Outcome;
  solution?: Solution;
}

/** What is wrong with a client's order, or undefined. */
export function orderFault(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return 'the body is no JSON object';
  const { tenant, stops } = body as Record<string, unknown>;
  if (typeof tenant !== 'number') return 'tenant is missing';
  if (!Array.isArray(stops) || stops.length === 0) return 'stops are missing';
  return undefined;
}
