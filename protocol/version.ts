// The version of the program, the same in the source and in the shipped bundle.

import packed from '../package.json' with { type: 'json' }

export const version: string = packed.version
