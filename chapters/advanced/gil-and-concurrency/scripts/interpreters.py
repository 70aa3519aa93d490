# needs: 3.14
"""One process, two interpreters: what is separate, what travels, what is shared."""

from concurrent import interpreters


def square(number: int) -> int:
    """Run in the worker, found by its name."""
    return number * number


worker = interpreters.create()
worker.exec("total = 41; total += 1")  # runs in the worker's own __main__
print("total" in globals(), worker.call(square, 12))

queue = interpreters.create_queue()
worker.prepare_main(queue=queue)
worker.exec("queue.put([total, total])")
print(queue.get())

order = ["tea"]
queue.put(order)
print("the same list:", queue.get() is order)

pixels = bytearray(b"....")
queue.put(memoryview(pixels))
queue.get()[0] = ord("#")
print("one buffer:", pixels)

try:
    worker.exec("1 / 0")
except interpreters.ExecutionFailed as error:
    print(str(error).splitlines()[0])
worker.close()
