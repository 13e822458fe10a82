"""A local server with the part of OpenML's API that its client uses, and with faults."""

import contextlib
import http.server
import threading
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DESCRIPTION = """<oml:data_set_description xmlns:oml="http://openml.org/openml">
  <oml:id>{number}</oml:id><oml:name>tiny</oml:name><oml:version>1</oml:version>
  <oml:description>images</oml:description><oml:format>ARFF</oml:format>
  <oml:licence>Public</oml:licence><oml:url>{url}/data.arff</oml:url>
  <oml:parquet_url>{url}/datasets/{number}/dataset.pq</oml:parquet_url>
  <oml:file_id>1</oml:file_id><oml:default_target_attribute>class</oml:default_target_attribute>
  <oml:visibility>public</oml:visibility><oml:status>active</oml:status>
  <oml:processing_date>2020-01-01 00:00:00</oml:processing_date>
</oml:data_set_description>"""


HTML = b"<html><body>Please log in to the network of this hotel.</body></html>"


class Server:
    """A server that responds to each path with its bytes in `files`, or with a fault.

    Attributes:
        url: the address of the server.
        files: a dict of paths to bytes.
        faults: a dict of substrings of paths to "404", "busy" (once), "hang", "cut", "short" (a
            Content-Length that is too low), "drip" (one byte at a time), "html", or an address to
            redirect to.
        asked: the requested paths.
    """

    def __init__(self, url):
        self.url, self.files, self.faults, self.asked = url, {}, {}, []

    def put_openml(self, number, table):
        """Serve a dataset: its description and its parquet file, bytes."""
        text = DESCRIPTION.format(number=number, url=self.url)
        self.files[f"/api/v1/xml/data/{number}"] = text.encode()
        self.files[f"/datasets/{number}/dataset.pq"] = table


@contextlib.contextmanager
def serve():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.split("?")[0]
            server.asked.append(path)
            fault = next((kind for part, kind in server.faults.items() if part in path), None)
            if fault == "busy":  # once
                server.faults.clear()
                return self.send_error(503)
            if fault == "404" or path not in server.files:
                return self.send_error(404)
            if fault == "hang":
                time.sleep(5)
                return None
            if fault and ":" in fault:
                self.send_response(302)
                self.send_header("Location", fault)
                return self.end_headers()
            body = HTML if fault == "html" else server.files[path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body) // (2 if fault == "short" else 1)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):
                if fault == "drip":
                    self._drip(body)
                else:
                    self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
            return None

        def _drip(self, body):
            for byte in body:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)

        def log_message(self, *_):
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    server = Server(f"http://127.0.0.1:{httpd.server_port}")
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        httpd.shutdown()
        httpd.server_close()


def parquet(arrays, dtype=np.float64):
    """Return a dataset as the bytes of a parquet file in OpenML's layout: one column per pixel."""
    images = np.concatenate([arrays["x_train"], arrays["x_test"]])
    if images.ndim == 4:
        images = images.transpose(0, 3, 1, 2)
    pixels = images.reshape(len(images), -1).astype(dtype)
    labels = np.concatenate([arrays["y_train"], arrays["y_test"]])
    columns = {f"pixel{i + 1}": column for i, column in enumerate(pixels.T)}
    columns["class"] = pa.array(labels.astype(str)).dictionary_encode()
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue().to_pybytes()
