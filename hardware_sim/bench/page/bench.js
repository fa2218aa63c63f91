// The bench page: its parts, then the stream that fills them.

import "/screen.js";
import "/bank.js";
import "/courier.js";
import "/phone.js";
import "/record.js";
import "/guide.js";
import { listen } from "/feed.js";

listen();
