import pino from 'pino'
export const log = pino({ level: process.env.LOG_LEVEL || 'info', base: { service: 's' }, redact: ['req.headers.authorization'], serializers: { error: pino.stdSerializers.err } })
