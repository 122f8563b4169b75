"""The engine against its peers: rows on the device, requests on a server, and what bounds both."""
