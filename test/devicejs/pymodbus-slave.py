"""A Modbus slave that no one here wrote: pymodbus 3.0, on TCP or on a serial line. Says `ready` (with its port) on stdout."""

import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
from pymodbus.framer.ascii_framer import ModbusAsciiFramer
from pymodbus.framer.rtu_framer import ModbusRtuFramer
from pymodbus.server.async_io import ModbusSerialServer, ModbusTcpServer

PLACES = 2500


def unit(number):
    """Each place holds unit * 1000 + address in registers, and every third bit is set."""
    words = [(number * 1000 + address) % 65536 for address in range(PLACES)]
    bits = [address % 3 == 0 for address in range(PLACES)]
    return ModbusSlaveContext(
        co=ModbusSequentialDataBlock(0, list(bits)),
        di=ModbusSequentialDataBlock(0, list(bits)),
        hr=ModbusSequentialDataBlock(0, list(words)),
        ir=ModbusSequentialDataBlock(0, list(words)),
        zero_mode=True,
    )


async def serve(how, where):
    context = ModbusServerContext(slaves={1: unit(1), 17: unit(17)}, single=False)
    if how.endswith("tcp"):
        framer = {"framer": ModbusAsciiFramer} if how == "ascii-tcp" else {}
        server = ModbusTcpServer(context, address=("127.0.0.1", 0), **framer)
        asyncio.ensure_future(server.serve_forever())
        await server.serving
        print("ready", server.server.sockets[0].getsockname()[1], flush=True)
    else:
        framer = ModbusAsciiFramer if how == "ascii" else ModbusRtuFramer
        server = ModbusSerialServer(context, framer=framer, port=where, baudrate=115200, ignore_missing_slaves=True)
        await server.start()
        print("ready", flush=True)
    # Ends with the test that started it, however that ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(serve(*sys.argv[1:3]))
