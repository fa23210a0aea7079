import pino, { pino as p2, stdTimeFunctions } from 'pino'
import pinoHttp from 'pino-http'
import { pinoHttp as ph } from 'pino-http'
import { log } from './log'
export const l1 = pino({ level: process.env.NODE_ENV === 'test' ? 'silent' : 'info', base: null, redact: { paths: ['a'], censor: '*' } })  // 812 817
export const l2 = p2({ name: 'x', level: 'info', redact: [], timestamp: () => `,"t":1` })  // 812 813
const isDev = process.env.NODE_ENV !== 'production'
export const l3 = pino({ base: { service: 's' }, redact: ['x'], ...(isDev && { transport: { target: 'pino-pretty' } }) })  // 812
export const l4 = pino({ base: { service: 's' }, redact: ['x'] }, pino.transport({ target: 'pino-pretty' }))  // 812 815
export const l5 = pino({ base: { service: 's' }, redact: ['x'], transport: { targets: [{ target: 'pino/file' }, { target: 'pino-pretty' }] } })  // 812 815
export const l6 = pino({ base: { service: 's' }, redact: ['x'], timestamp: pino.stdTimeFunctions.nullTime })  // 812 816
export const l7 = pino({ mixin() { return { service: 's' } }, redact: ['x'], timestamp: pino.stdTimeFunctions.epochTime })  // 812
export const h1 = pinoHttp({ logger: log, customLogLevel(req, res, err) { return 'info' } })
export const h2 = ph({ logger: l1 })  // 814 818
export const h3 = pinoHttp({ redact: ['req.headers.authorization', 'req.headers.cookie'], customLogLevel: f })
export const h4 = pinoHttp({ logger: log, serializers: { req: (r) => ({ id: r.id }) } })  // 818
